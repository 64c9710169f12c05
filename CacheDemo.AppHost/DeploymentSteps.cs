using CacheDemo.Deploy;
using Microsoft.Extensions.Logging;

namespace CacheDemo.AppHost;

/// <summary>The pipeline steps <c>compose</c>, <c>aws</c> and <c>k8s</c>, for <c>aspire do</c>.</summary>
internal static class DeploymentSteps
{
    /// <summary>
    /// Adds the steps. Each publishes the manifest, and CacheDemo.Deploy writes the files of a deployment from it:
    /// those in the repository, or with <c>--output-path</c> those in another folder.
    /// </summary>
    public static void AddDeploymentSteps(this IDistributedApplicationBuilder builder)
    {
        string[] steps = ["compose", "aws", "k8s"];
        var repository = Path.GetFullPath("..", builder.AppHostDirectory);
        var withRedis = "container".Equals(
            builder.Configuration[DemoRedis.ModeKey], StringComparison.OrdinalIgnoreCase);
        var folder = builder.Configuration[DemoApplication.OutputPathKey];
        var manifest = Path.Combine(
            folder ?? Path.Combine(repository, withRedis ? "deploy/compose-redis" : ""), "aspire-manifest.json");
        if (steps.Contains(builder.Configuration["Pipeline:Step"]))
            builder.Configuration[DemoApplication.OutputPathKey] = manifest;

#pragma warning disable ASPIREPIPELINES001 // Experimental, as the whole API of the pipeline.
        foreach (var step in steps)
        {
            string[] redis = withRedis && step != "aws" ? ["--redis", "container"] : [];
            string[] output = folder is null ? [] : ["--output", step == "k8s" ? $"{folder}/cachedemo.yaml" : folder];
            builder.Pipeline.AddStep(step, dependsOn: "publish-manifest", action: context =>
            {
                Environment.CurrentDirectory = repository;
                var printed = new StringWriter();
                DeployCommands.Run([step, "--manifest", manifest, .. redis, .. output], printed);
                context.Logger.LogInformation("{Output}", $"{printed}".Trim());
                return Task.CompletedTask;
            });
        }
#pragma warning restore ASPIREPIPELINES001
    }
}
