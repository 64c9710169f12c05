namespace CacheDemo.AppHost;

/// <summary>What one wants at hand in the dashboard while showing the system.</summary>
internal static class DemonstrationCommands
{
    /// <summary>
    /// Adds a link to the API's reference, and commands to remove the demo's keys and to begin the numbers anew.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithDemonstrationCommands(this IResourceBuilder<ProjectResource> api) => api
        .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = ("/scalar", "API reference"))
        .WithHttpCommand("/keys/flush", "Flush the demo's keys", commandName: "flush", commandOptions: new()
        {
            Description = "Deletes every key under the demo's prefix, and no other. None of them counts as expired.",
            ConfirmationMessage = "Every key of the demo will be deleted. Go on?",
            IconName = "Delete",
        })
        .WithHttpCommand("/stats/reset", "Reset the numbers", commandName: "reset-numbers", commandOptions: new()
        {
            Description = "Begins hits, misses and the other numbers anew, for everyone who watches.",
            IconName = "ArrowReset",
        });
}
