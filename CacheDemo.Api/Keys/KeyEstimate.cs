namespace CacheDemo.Api.Keys;

/// <summary>What some SCANs of a primary found.</summary>
/// <param name="Matched">How many keys match, each counted once.</param>
/// <param name="Scans">How many SCANs that took.</param>
/// <param name="Size">How many keys the primary has, where the SCANs did not come to its end; else null.</param>
internal readonly record struct ScannedPrimary(int Matched, int Scans, long? Size);

/// <summary>About how many keys match a glob, estimated from a part of them.</summary>
internal static class KeyEstimate
{
    /// <summary>The COUNT of a SCAN: about how many keys it looks at.</summary>
    public const int PerScan = 1_000;

    /// <summary>
    /// The number of keys that match: exact where all were looked at, else a projection with two significant digits.
    /// Null where none matched of those that were looked at.
    /// </summary>
    /// <param name="scanned">The primaries that were scanned.</param>
    /// <param name="primaries">How many there are; those that were not scanned are taken to be like the others.</param>
    public static long? Of(IReadOnlyCollection<ScannedPrimary> scanned, int primaries)
    {
        var matched = scanned.Sum(primary => (long)primary.Matched);
        if (scanned.Count == primaries && scanned.All(primary => primary.Size is null))
            return matched;
        if (matched == 0)
            return null;

        var projected = scanned.Sum(Project) * primaries / scanned.Count;
        return TwoDigits(Math.Max(projected, matched));
    }

    // A SCAN may look at some more keys than its COUNT.
    private static double Project(ScannedPrimary primary) => primary.Size is { } size
        ? size * Math.Min(1, primary.Matched / ((double)PerScan * primary.Scans))
        : primary.Matched;

    private static long TwoDigits(double number)
    {
        var unit = Math.Pow(10, Math.Max(0, Math.Floor(Math.Log10(number)) - 1));
        return (long)(Math.Round(number / unit) * unit);
    }
}
