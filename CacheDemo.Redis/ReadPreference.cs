using StackExchange.Redis;

namespace CacheDemo.Redis;

/// <summary>Which servers answer reads.</summary>
/// <param name="Flags">The flags of a command that reads.</param>
public sealed record ReadPreference(CommandFlags Flags)
{
    /// <summary>
    /// Reads <c>Redis:ReadFrom</c>. A replica is preferred, not demanded: where there is none, the primary answers.
    /// </summary>
    /// <returns>The preference; null where the text is neither <c>primary</c> nor <c>replica</c>.</returns>
    internal static ReadPreference? Parse(string? text) => text?.ToLowerInvariant() switch
    {
        "primary" => new(CommandFlags.None),
        "replica" => new(CommandFlags.PreferReplica),
        _ => null,
    };
}
