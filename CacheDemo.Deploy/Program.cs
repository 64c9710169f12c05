using System.CommandLine;
using CacheDemo.Deploy;
using CacheDemo.Deploy.Aws;
using CacheDemo.Deploy.Compose;
using CacheDemo.Deploy.Images;
using CacheDemo.Deploy.Kubernetes;

var commands = new RootCommand("Turns the Aspire manifest into something that runs: see deploy/README.md.")
{
    ComposeCommand.Create(),
    AwsCommand.Create(),
    ImagesCommand.Create(),
    KubernetesCommand.Create(),
};

try
{
    return commands.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (DeployException problem)
{
    Console.Error.WriteLine(problem.Message);
    return 1;
}
