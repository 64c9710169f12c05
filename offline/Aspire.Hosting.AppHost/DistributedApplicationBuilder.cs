using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Running;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Aspire.Hosting;

/// <inheritdoc cref="IDistributedApplicationBuilder" />
public class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly HostApplicationBuilder _builder;
    private readonly EntryPointHook? _hook = EntryPointHook.Current.Value;

    /// <summary>Starts to build an application.</summary>
    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        // ASPIRE_ENVIRONMENT counts, but least: DOTNET_ENVIRONMENT and --environment come after it.
        var configuration = new ConfigurationManager();
        configuration.AddEnvironmentVariables("ASPIRE_");
        var settings = new HostApplicationBuilderSettings { Args = options.Args, Configuration = configuration };
        _hook?.Constructing(options, settings);

        _builder = new HostApplicationBuilder(settings);
        Configuration.AddCommandLine(options.Args ?? [], new Dictionary<string, string>
        {
            ["--operation"] = "AppHost:Operation",
            ["--publisher"] = "Publishing:Publisher",
            ["--output-path"] = "Pipeline:OutputPath",
        });
        SayWhatIsMissing();

        ExecutionContext = new(Operation());
        Eventing = new DistributedApplicationEventing();
        AddServices(options);
    }

    /// <inheritdoc />
    public ConfigurationManager Configuration => _builder.Configuration;

    /// <inheritdoc />
    public IHostEnvironment Environment => _builder.Environment;

    /// <inheritdoc />
    public IServiceCollection Services => _builder.Services;

    /// <inheritdoc />
    public IDistributedApplicationEventing Eventing { get; }

    /// <inheritdoc />
    public DistributedApplicationExecutionContext ExecutionContext { get; }

    /// <inheritdoc />
    public IResourceCollection Resources { get; } = new ResourceCollection();

    /// <inheritdoc />
    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource
    {
        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    /// <inheritdoc />
    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource =>
        new ResourceBuilder<T>(this, resource);

    /// <inheritdoc />
    public DistributedApplication Build()
    {
        _hook?.Building(this);
        var application = new DistributedApplication(_builder.Build()) { OwnsProcess = _hook is null };
        _hook?.Built(application);
        return application;
    }

    /// <summary>An AppHost that looks for a container runtime or for the dashboard's ports shall find none.</summary>
    private void SayWhatIsMissing()
    {
        Configuration["ASPIRE_CONTAINER_RUNTIME"] = "none";
        Configuration["ASPNETCORE_URLS"] = null;
        Configuration["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = null;
        Configuration["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = null;
    }

    private DistributedApplicationOperation Operation() => Configuration["AppHost:Operation"]?.ToLowerInvariant() switch
    {
        "publish" => DistributedApplicationOperation.Publish,
        "run" => DistributedApplicationOperation.Run,
        null when Configuration["Publishing:Publisher"] is not null => DistributedApplicationOperation.Publish,
        null => DistributedApplicationOperation.Run,
        _ => throw new DistributedApplicationException("Valid operations are 'publish' and 'run'."),
    };

    private void AddServices(DistributedApplicationOptions options)
    {
        Services.AddSingleton(options);
        Services.AddSingleton(ExecutionContext);
        Services.AddSingleton(Eventing);
        Services.AddSingleton(new DistributedApplicationModel(Resources));
        Services.AddSingleton(services =>
            new ResourceNotificationService(services.GetRequiredService<DistributedApplicationModel>(), options));
        Services.AddSingleton<ResourceCommandService>();
        Services.AddHttpClient();
        Services.AddHealthChecks();
        Services.AddSingleton<EndpointAllocator>();
        Services.AddHostedService<ApplicationRunner>();

        // Resources are stopped one after the other, and each has ten seconds.
        Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromMinutes(1));

        _builder.Logging.AddConsole(console => console.FormatterName = ResourceConsoleFormatter.Name);
        _builder.Logging.AddConsoleFormatter<ResourceConsoleFormatter, ConsoleFormatterOptions>();
        _builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        _builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        _builder.Logging.AddConfiguration(Configuration.GetSection("Logging"));
    }
}
