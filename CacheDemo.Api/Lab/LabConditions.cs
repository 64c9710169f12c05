using System.Text.Json;
using CacheDemo.Api.Events;
using CacheDemo.Api.Products;
using CacheDemo.Redis;

namespace CacheDemo.Api.Lab;

/// <summary>Changes the conditions of all instances for ten minutes.</summary>
internal sealed class LabConditions : IDisposable
{
    private const string Changed = "conditions";

    private static readonly TimeSpan Duration = TimeSpan.FromMinutes(10), AnswerTimeout = TimeSpan.FromSeconds(1);

    private readonly ProductConditions _conditions;
    private readonly InstanceMessages _messages;
    private readonly EventBroadcaster _broadcaster;
    private readonly TimeProvider _clock;
    private readonly ITimer _end;

    public LabConditions(
        ProductConditions conditions, InstanceMessages messages, EventBroadcaster broadcaster, TimeProvider clock)
    {
        (_conditions, _messages, _broadcaster, _clock) = (conditions, messages, broadcaster, clock);
        _end = clock.CreateTimer(_ => Set(null), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        messages.Received += message =>
        {
            if (message.Type == Changed && message.As<Change>() is { Conditions: { } changed })
                Set(changed with { DatabaseLatencyMs = Math.Clamp(changed.DatabaseLatencyMs, 0, MostLatencyMs) });
        };
        Send(null);
    }

    private sealed record Change(ProductConditions.Conditions Conditions);

    // What is usual may be more than a request can ask for.
    private int MostLatencyMs => Math.Max(2000, _conditions.Normal.DatabaseLatencyMs);

    /// <summary>Changes the conditions of all instances.</summary>
    /// <exception cref="RedisRefusedException">Redis is away: the other instances cannot be told.</exception>
    public async Task<ConditionsResponse> ChangeAsync(ConditionsRequest request)
    {
        if (!await _messages.ListenAsync())
            throw new RedisRefusedException(RedisFailure.Unreachable);
        var usual = _conditions.Normal;
        var changed = new ProductConditions.Conditions(
            request.DatabaseLatencyMs ?? usual.DatabaseLatencyMs, request.DatabaseDown ?? false,
            request.RedisDown ?? false, request.FailSafe ?? usual.FailSafe, request.Backplane ?? true);
        await _messages.PublishAndWaitAsync(Changed, new Change(changed), AnswerTimeout);
        return Response(_clock.GetUtcNow() + Duration);
    }

    /// <inheritdoc />
    public void Dispose() => _end.Dispose();

    private void Set(ProductConditions.Conditions? conditions)
    {
        var isChanged = conditions is not null && conditions != _conditions.Normal;
        _conditions.Set(isChanged ? conditions : null);
        _end.Change(isChanged ? Duration : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Send(isChanged ? _clock.GetUtcNow() + Duration : null);
    }

    private void Send(DateTimeOffset? until) =>
        _broadcaster.Send("conditions", JsonSerializer.Serialize(Response(until), LabJson.Default.ConditionsResponse));

    private ConditionsResponse Response(DateTimeOffset? until)
    {
        var now = _conditions.Current;
        return new ConditionsResponse(
            now.DatabaseLatencyMs, now.DatabaseDown, now.RedisDown, now.FailSafe, now.Backplane,
            now == _conditions.Normal ? null : until);
    }
}
