using System.CommandLine;
using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy.Compose;

/// <summary><c>compose</c>: a folder for Docker Compose.</summary>
internal static class ComposeCommand
{
    public static Command Create()
    {
        var redis = SharedOptions.Redis();
        var manifest = SharedOptions.Manifest();
        var output = new Option<string?>("--output")
        {
            Description = "The folder to write; deploy/compose, or deploy/compose-redis, by default.",
        };

        var command = new Command("compose", "Writes compose.yaml and .env.example, for any host with Docker.")
        {
            redis,
            manifest,
            output,
        };
        command.SetAction(parsed =>
        {
            var (path, withRedis) = parsed.ManifestFor(redis, manifest);
            var folder = parsed.GetValue(output) ?? (withRedis ? "deploy/compose-redis" : "deploy/compose");
            var model = new ComposeModel(DeploymentManifest.Read(path), Path.GetFullPath(folder));
            var env = TemplateFile.Render(".env.example", model);
            parsed.WriteFile(Path.Combine(folder, "compose.yaml"), TemplateFile.Render("compose.yaml", model));
            parsed.WriteFile(
                Path.Combine(folder, ".env.example"),
                env,
                "In that folder: copy .env.example to .env, fill it in, and run docker compose up -d.");
        });
        return command;
    }
}
