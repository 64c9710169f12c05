using Microsoft.Extensions.DependencyInjection;

namespace CacheDemo.AppHost;

/// <summary>The address of the dashboard.</summary>
internal static class DashboardAddress
{
    /// <summary>The name of the dashboard's resource.</summary>
    public const string ResourceName = "aspire-dashboard";

    /// <summary>Passes it to the page, which links to traces; not where there is no dashboard.</summary>
    public static IResourceBuilder<ProjectResource> WithDashboardAddress(this IResourceBuilder<ProjectResource> page) =>
        page.WithEnvironment(context =>
        {
            if (
                context.ExecutionContext.IsRunMode
                && context.ExecutionContext.Services.GetRequiredService<DistributedApplicationModel>().DashboardUrl()
                    is { } url)
                context.EnvironmentVariables["Page__Dashboard"] = url;
        });

    /// <summary>The dashboard's address once its endpoint is allocated, or null.</summary>
    public static string? DashboardUrl(this DistributedApplicationModel model) =>
        model.Resources.OfType<IResourceWithEndpoints>()
            .Where(resource => resource.Name == ResourceName)
            .SelectMany(resource => new[] { resource.GetEndpoint("https"), resource.GetEndpoint("http") })
            .FirstOrDefault(endpoint => endpoint is { Exists: true, IsAllocated: true })?.Url;
}
