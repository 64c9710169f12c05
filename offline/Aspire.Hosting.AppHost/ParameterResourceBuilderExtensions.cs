using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

/// <summary>Adds what the configuration supplies.</summary>
public static class ParameterResourceBuilderExtensions
{
    /// <summary>Adds the connection string that the configuration has under the name.</summary>
    public static IResourceBuilder<IResourceWithConnectionString> AddConnectionString(
        this IDistributedApplicationBuilder builder, string name) =>
        builder.AddResource(new ConfiguredConnectionString(name, builder.Configuration));

    private sealed class ConfiguredConnectionString(string name, IConfiguration configuration)
        : Resource(name), IResourceWithConnectionString
    {
        public ReferenceExpression ConnectionStringExpression
        {
            get
            {
                var value = configuration.GetConnectionString(Name) ?? throw new DistributedApplicationException(
                    $"Connection string '{Name}' is missing in the configuration.");
                return ReferenceExpression.Create($"{value}");
            }
        }
    }
}
