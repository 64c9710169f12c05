using Microsoft.Extensions.Options;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace Aspire.StackExchange.Redis;

/// <summary>Makes the options from the connection string; what else configures them comes after.</summary>
internal sealed class ConfigurationOptionsFactory(
    StackExchangeRedisSettings settings,
    IEnumerable<IConfigureOptions<ConfigurationOptions>> setups,
    IEnumerable<IPostConfigureOptions<ConfigurationOptions>> postConfigures,
    IEnumerable<IValidateOptions<ConfigurationOptions>> validations)
    : OptionsFactory<ConfigurationOptions>(setups, postConfigures, validations)
{
    protected override ConfigurationOptions CreateInstance(string name)
    {
        var options = settings.ConnectionString is { } text ? ConfigurationOptions.Parse(text) : new();
        if (options.Defaults.GetType() == typeof(DefaultOptionsProvider))
            options.Defaults = new RetryingDefaults();

        return options;
    }

    /// <summary>A server that is not there yet is no reason to give up.</summary>
    private sealed class RetryingDefaults : DefaultOptionsProvider
    {
        public override bool AbortOnConnectFail => false;
    }
}
