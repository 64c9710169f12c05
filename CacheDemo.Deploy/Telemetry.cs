using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy;

/// <summary>Telemetry of deployed projects.</summary>
internal static class Telemetry
{
    /// <summary>The share of traces that is sampled; metrics are complete.</summary>
    public const string TraceRatio = "0.05";

    /// <summary>The variable with the address of the collector.</summary>
    public const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private const string Ratio = "OTEL_TRACES_SAMPLER_ARG";

    /// <summary>The variables that the manifest does not set.</summary>
    public static IEnumerable<Variable> Of(ProjectResource project) =>
        new Variable[]
        {
            new("OTEL_SERVICE_NAME", project.Name),
            new("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
            new(Ratio, TraceRatio, Ratio),
            new(Endpoint, "", Endpoint),
        }.Where(variable => !project.Env.ContainsKey(variable.Name));
}
