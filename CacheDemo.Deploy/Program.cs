using CacheDemo.Deploy;

try
{
    return DeployCommands.Run(args, Console.Out);
}
catch (DeployException problem)
{
    Console.Error.WriteLine(problem.Message);
    return 1;
}
