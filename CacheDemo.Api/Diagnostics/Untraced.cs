using System.Diagnostics;
using OpenTelemetry;

namespace CacheDemo.Api.Diagnostics;

/// <summary>
/// Keeps the Redis commands of background work out of the traces, which are about requests and ends of lives. A parent that is not
/// sampled is not enough: with <c>OTEL_TRACES_SAMPLER=always_on</c>, as Aspire sets it, a child is sampled whatever its parent is.
/// </summary>
internal sealed class Untraced : BaseProcessor<Activity>
{
    private static readonly ActivityTraceId Trace = ActivityTraceId.CreateRandom();

    /// <summary>Until disposed, what this flow of control does is not exported.</summary>
    public static Activity Begin() => new Activity("background")
        .SetParentId(Trace, ActivitySpanId.CreateRandom(), ActivityTraceFlags.None)
        .Start();

    /// <inheritdoc />
    public override void OnEnd(Activity data)
    {
        if (data.TraceId == Trace)
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
    }
}
