using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

/// <summary>Adds what the configuration supplies.</summary>
public static class ParameterResourceBuilderExtensions
{
    /// <summary>Adds the connection string that the configuration has under the name.</summary>
    public static IResourceBuilder<IResourceWithConnectionString> AddConnectionString(
        this IDistributedApplicationBuilder builder, string name, string? environmentVariableName = null) =>
        builder.AddResource(new ConfiguredConnectionString(name, builder.Configuration, environmentVariableName));

    private sealed class ConfiguredConnectionString(string name, IConfiguration configuration, string? environmentVariableName)
        : Resource(name), IResourceWithConnectionString
    {
        public string? ConnectionStringEnvironmentVariable => environmentVariableName;

        public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{configuration.GetConnectionString(Name)
            ?? throw new DistributedApplicationException($"Connection string parameter resource could not be used because connection string '{Name}' is missing.")}");
    }
}
