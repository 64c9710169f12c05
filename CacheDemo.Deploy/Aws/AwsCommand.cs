using System.CommandLine;
using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy.Aws;

/// <summary><c>aws</c>: a CloudFormation template.</summary>
internal static class AwsCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var manifest = SharedOptions.Manifest();
        var output = new Option<string>("--output")
        {
            Description = "The folder to write.",
            DefaultValueFactory = _ => "deploy/aws",
        };

        var command = new Command(
            "aws",
            "Writes cachedemo.yaml, a CloudFormation template: ECS Fargate, a load balancer, ElastiCache.")
        {
            manifest,
            output,
        };
        command.SetAction(parsed =>
        {
            var template = AwsTemplate.Write(new AwsTarget(DeploymentManifest.Read(parsed.GetValue(manifest)!)));
            var folder = Directory.CreateDirectory(parsed.GetValue(output)!).FullName;
            File.WriteAllText(Path.Combine(folder, "cachedemo.yaml"), template);
            Console.WriteLine(
                $"Wrote cachedemo.yaml to {Path.GetRelativePath(Environment.CurrentDirectory, folder)}: deploy/README.md says how to deploy it."
            );
        });
        return command;
    }
}
