namespace CacheDemo.Deploy;

/// <summary>How many traces a deployment records: one of twenty. Of metrics it keeps all.</summary>
internal static class TracesInProduction
{
    /// <summary><c>OTEL_TRACES_SAMPLER</c>.</summary>
    public const string Sampler = "parentbased_traceidratio";

    /// <summary><c>OTEL_TRACES_SAMPLER_ARG</c>.</summary>
    public const string Ratio = "0.05";
}
