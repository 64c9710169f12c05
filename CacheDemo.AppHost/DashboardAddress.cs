namespace CacheDemo.AppHost;

/// <summary>Tells the page where the dashboard is, so that it can link to traces.</summary>
internal static class DashboardAddress
{
    /// <summary>Sets <c>Page__Dashboard</c>, where this is a run with a dashboard.</summary>
    public static IResourceBuilder<ProjectResource> WithDashboardAddress(this IResourceBuilder<ProjectResource> page)
    {
        var builder = page.ApplicationBuilder;
        var dashboard = builder.Configuration["ASPNETCORE_URLS"]?.Split(';')[0];
        return builder.ExecutionContext.IsRunMode && dashboard is { Length: > 0 }
            ? page.WithEnvironment("Page__Dashboard", dashboard)
            : page;
    }
}
