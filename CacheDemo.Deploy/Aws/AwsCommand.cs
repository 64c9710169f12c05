using System.CommandLine;
using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy.Aws;

/// <summary><c>aws</c>: a CloudFormation template.</summary>
internal static class AwsCommand
{
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
        command.SetAction(parsed => parsed.WriteFile(
            Path.Combine(parsed.GetValue(output)!, "cachedemo.yaml"),
            AwsModel.Render(DeploymentManifest.Read(parsed.GetValue(manifest)!)),
            "How to deploy it: deploy/aws.md."));
        return command;
    }
}
