using System.CommandLine;
using CacheDemo.Deploy;

var commands = new RootCommand("Turns the Aspire manifest into something that runs: see deploy/README.md.");

try
{
    return commands.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (DeployException problem)
{
    Console.Error.WriteLine(problem.Message);
    return 1;
}
