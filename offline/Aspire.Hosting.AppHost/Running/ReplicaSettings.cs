using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Running;

/// <summary>The command line arguments and environment variables that the model gives a replica.</summary>
internal sealed record ReplicaSettings(IReadOnlyList<string> Args, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>Asks the model, in the order it was written.</summary>
    public static async Task<ReplicaSettings> OfAsync(
        IResource resource,
        Replica replica,
        DistributedApplicationExecutionContext executionContext,
        CancellationToken cancellationToken)
    {
        var args = new List<object>();
        var variables = new Dictionary<string, object>
        {
            ["OTEL_SERVICE_NAME"] = resource.Name,
            ["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={replica.Suffix}",
        };

        foreach (var annotation in resource.Annotations)
        {
            var callback = annotation switch
            {
                EnvironmentCallbackAnnotation environment =>
                    environment.Callback(new(executionContext, resource, variables, cancellationToken)),
                CommandLineArgsCallbackAnnotation line =>
                    line.Callback(new(args, resource, cancellationToken) { ExecutionContext = executionContext }),
                _ => Task.CompletedTask,
            };
            await callback;
        }

        var context = new ValueProviderContext { Replica = replica.Index };
        var resolvedArgs = new List<string>();
        foreach (var arg in args)
            resolvedArgs.Add(await ResolveAsync(arg) ?? "");

        var resolvedVariables = new Dictionary<string, string>();
        foreach (var (name, value) in variables)
        {
            if (await ResolveAsync(value) is { } resolved)
                resolvedVariables[name] = resolved;
        }

        return new(resolvedArgs, resolvedVariables);

        async ValueTask<string?> ResolveAsync(object value) =>
            value is IValueProvider later ? await later.GetValueAsync(context, cancellationToken) : value.ToString();
    }
}
