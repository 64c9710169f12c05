using System.CommandLine;
using CacheDemo.Deploy.Aws;
using CacheDemo.Deploy.Compose;
using CacheDemo.Deploy.Images;
using CacheDemo.Deploy.Kubernetes;

namespace CacheDemo.Deploy;

/// <summary>The command line, which <c>aspire do</c> uses too.</summary>
public static class DeployCommands
{
    /// <summary>Runs a command.</summary>
    /// <param name="output">Receives what it prints.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="DeployException">The command failed.</exception>
    public static int Run(string[] args, TextWriter output) =>
        new RootCommand("Writes deployments from the Aspire manifest: see deploy/README.md.")
        {
            ComposeCommand.Create(),
            AwsCommand.Create(),
            ImagesCommand.Create(),
            KubernetesCommand.Create(),
        }.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output });
}
