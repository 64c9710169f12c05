namespace Aspire.Hosting.ApplicationModel;

/// <summary>Executes commands of resources.</summary>
public class ResourceCommandService(IServiceProvider services)
{
    /// <summary>Executes a command.</summary>
    public Task<ExecuteCommandResult> ExecuteCommandAsync(
        IResource resource, string commandName, CancellationToken cancellationToken = default) =>
        resource.Annotations.OfType<ResourceCommandAnnotation>().SingleOrDefault(command => command.Name == commandName) is { } found
            ? found.ExecuteCommand(services, cancellationToken)
            : Task.FromResult(new ExecuteCommandResult
            {
                Success = false,
                Message = $"Command '{commandName}' not available for resource '{resource.Name}'.",
            });
}
