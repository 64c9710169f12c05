namespace CacheDemo.AppHost;

/// <summary>Commands in the dashboard for demonstrations.</summary>
internal static class DemonstrationCommands
{
    /// <summary>
    /// Adds a link to the API's reference, and commands to delete the demo's keys and to reset the numbers.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithDemonstrationCommands(
        this IResourceBuilder<ProjectResource> api) => api
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
