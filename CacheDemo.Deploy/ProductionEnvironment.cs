namespace CacheDemo.Deploy;

/// <summary>What a deployed service is told beside what the manifest says.</summary>
internal static class ProductionEnvironment
{
    /// <summary>Every metric and one trace of twenty, under the service's name; where they go is the deployment's to say.</summary>
    public static IEnumerable<(string Name, string Value)> Of(string service) =>
    [
        ("OTEL_SERVICE_NAME", service),
        ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.05"),
    ];
}
