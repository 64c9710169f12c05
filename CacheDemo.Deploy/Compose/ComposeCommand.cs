using System.CommandLine;
using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy.Compose;

/// <summary><c>compose</c>: a folder for Docker Compose.</summary>
internal static class ComposeCommand
{
    /// <summary>The command.</summary>
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
            Write(path, parsed.GetValue(output) ?? (withRedis ? "deploy/compose-redis" : "deploy/compose"));
        });
        return command;
    }

    private static void Write(string manifest, string folder)
    {
        var target = new ComposeTarget(DeploymentManifest.Read(manifest));
        folder = Path.GetFullPath(folder);
        var (compose, example) = (ComposeFile.Write(target, folder), EnvExample.Write(target));

        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "compose.yaml"), compose);
        File.WriteAllText(Path.Combine(folder, ".env.example"), example);
        Console.WriteLine(
            $"Wrote compose.yaml and .env.example to {Path.GetRelativePath(Environment.CurrentDirectory, folder)}: there, copy .env.example to .env, fill it in, and docker compose up -d."
        );
    }
}
