using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using CacheDemo.Api.Products;

namespace CacheDemo.Api.Lab;

/// <summary>Readers of one entry that has expired, at the same moment.</summary>
/// <param name="Id">The product.</param>
/// <param name="Readers">How many, over all instances, 2 to 200.</param>
/// <param name="Protection">
/// What keeps them from asking the database all at once: <c>none</c>, <c>instance</c> (one reader of each instance
/// does) or <c>distributed</c> (one of all).
/// </param>
public sealed record StampedeRequest(
    [property: Required(ErrorMessage = LabProblems.Id), Range(1, Product.MaxId, ErrorMessage = LabProblems.Id)]
    int? Id,
    [property: Required(ErrorMessage = LabProblems.Readers), Range(2, 200, ErrorMessage = LabProblems.Readers)]
    int? Readers,
    [property: Required(ErrorMessage = LabProblems.Protection)]
    [property: AllowedValues("none", "instance", "distributed", ErrorMessage = LabProblems.Protection)]
    string? Protection);

/// <summary>What the readers met.</summary>
/// <param name="Readers">The readers, by their start.</param>
/// <param name="Loads">How often each instance read the database.</param>
/// <param name="Total">How often all of them did.</param>
public sealed record StampedeResponse(
    IReadOnlyList<StampedeReader> Readers, IReadOnlyDictionary<string, int> Loads, int Total);

/// <summary>A reader.</summary>
/// <param name="Instance">The instance it ran in.</param>
/// <param name="Start">When it began, in milliseconds after the first of its instance was let go.</param>
/// <param name="Ms">How long it took, in milliseconds.</param>
/// <param name="Source"><c>memory</c>, <c>cache</c> or <c>database</c>; <c>failed</c> where it got no answer.</param>
public sealed record StampedeReader(string Instance, double Start, double Ms, string Source);

/// <summary>Conditions for all instances; what is absent is as usual.</summary>
/// <param name="DatabaseLatencyMs">
/// Milliseconds that every query of the database is delayed, 0 to 2000; from <c>Products:HardTimeoutMs</c> on, every
/// query fails.
/// </param>
/// <param name="DatabaseDown">Whether every query fails.</param>
/// <param name="RedisDown">Whether products are read and written as without Redis.</param>
/// <param name="FailSafe">Whether an expired entry is served while the database does not answer.</param>
/// <param name="Backplane">Whether instances tell one another what has changed.</param>
public sealed record ConditionsRequest(
    [property: Range(0, 2000, ErrorMessage = LabProblems.DatabaseLatencyMs)] int? DatabaseLatencyMs,
    bool? DatabaseDown, bool? RedisDown, bool? FailSafe, bool? Backplane);

/// <summary>The conditions of all instances.</summary>
/// <param name="DatabaseLatencyMs">Milliseconds that every query of the database is delayed.</param>
/// <param name="DatabaseDown">Whether every query fails.</param>
/// <param name="RedisDown">Whether products are read and written as without Redis.</param>
/// <param name="FailSafe">Whether an expired entry is served while the database does not answer.</param>
/// <param name="Backplane">Whether instances tell one another what has changed.</param>
/// <param name="Until">When they are as usual again; null where they are.</param>
public sealed record ConditionsResponse(
    int DatabaseLatencyMs, bool DatabaseDown, bool RedisDown, bool FailSafe, bool Backplane, DateTimeOffset? Until);

/// <summary>Readers that read for some time, each product through the cache and, beside that, without it.</summary>
/// <param name="Readers">How many, over all instances, 1 to 200; each reads ten times a second.</param>
/// <param name="Seconds">How long, 1 to 30.</param>
/// <param name="Writes">The share of reads that change the price instead, 0 to 0.5.</param>
/// <param name="Skew">
/// How unequally the first hundred products are read, 0 to 2: the n-th 1/n^skew times as often as the first.
/// </param>
public sealed record LoadRequest(
    [property: Required(ErrorMessage = LabProblems.LoadReaders), Range(1, 200, ErrorMessage = LabProblems.LoadReaders)]
    int? Readers,
    [property: Required(ErrorMessage = LabProblems.Seconds), Range(1, 30, ErrorMessage = LabProblems.Seconds)]
    int? Seconds,
    [property: Range(0, 0.5, ErrorMessage = LabProblems.Writes)] double? Writes,
    [property: Range(0d, 2d, ErrorMessage = LabProblems.Skew)] double? Skew);

/// <summary>A load that has begun.</summary>
/// <param name="Run">Which one its events are of.</param>
public sealed record LoadAccepted(string Run);

/// <summary>A load so far, in the <c>load</c> events of the stream; the last one is in <c>loadResult</c>.</summary>
/// <param name="Run">Which one.</param>
/// <param name="Seconds">Seconds since it began.</param>
/// <param name="Instances">How many instances take part.</param>
/// <param name="Writes">Prices that were changed.</param>
/// <param name="Cached">The reads through the cache.</param>
/// <param name="Uncached">The same reads without it.</param>
/// <param name="Cancelled">Whether it ended early, as nobody watched.</param>
internal sealed record LoadMessage(
    string Run, double Seconds, int Instances, long Writes, LaneMessage Cached, LaneMessage Uncached, bool Cancelled);

/// <summary>The reads of one lane.</summary>
/// <param name="Reads">How many were answered.</param>
/// <param name="Failed">How many were not.</param>
/// <param name="P50">Half of them took at most so many milliseconds; null where there were none.</param>
/// <param name="P99">99 of 100 took at most so many.</param>
/// <param name="Memory">How many memory answered.</param>
/// <param name="Redis">How many Redis answered.</param>
/// <param name="Database">How many the database answered.</param>
/// <param name="Stale">How many had expired.</param>
internal sealed record LaneMessage(
    long Reads, long Failed, double? P50, double? P99, long Memory, long Redis, long Database, long Stale);

/// <summary>A product whose entry expires now.</summary>
/// <param name="Id">The product.</param>
public sealed record ExpireProductRequest(
    [property: Required(ErrorMessage = LabProblems.Id), Range(1, Product.MaxId, ErrorMessage = LabProblems.Id)]
    int? Id);

/// <summary>A thousand entries that are set at once, and are read from the database as they expire.</summary>
/// <param name="Seconds">Their TTL, 1 to 30 seconds.</param>
/// <param name="Jitter">Up to so many seconds more for each, at random, 0 to 30; absent is 0.</param>
public sealed record ExpiryRequest(
    [property: Required(ErrorMessage = LabProblems.Seconds), Range(1, 30, ErrorMessage = LabProblems.Seconds)]
    int? Seconds,
    [property: Range(0, 30, ErrorMessage = LabProblems.Jitter)] int? Jitter);

/// <summary>Entries that are set.</summary>
/// <param name="Run">Which run the events are of.</param>
/// <param name="Entries">How many entries there are.</param>
public sealed record ExpiryAccepted(string Run, int Entries);

/// <summary>
/// Entries so far, in the <c>expiry</c> events of the stream; the last one is in <c>expiryResult</c>.
/// </summary>
/// <param name="Run">Which run.</param>
/// <param name="Seconds">Seconds since they were set.</param>
/// <param name="StepMs">How many milliseconds each step of the two histograms is.</param>
/// <param name="Ends">How many entries expire in each step.</param>
/// <param name="Reads">How many reads of the database began in each.</param>
/// <param name="Failed">How many of these were not answered.</param>
/// <param name="P50">Half of the others took at most so many milliseconds; null where there were none.</param>
/// <param name="P99">99 of 100 took at most so many.</param>
/// <param name="Cancelled">Whether it ended early, as nobody watched.</param>
internal sealed record ExpiryMessage(
    string Run, double Seconds, int StepMs, IReadOnlyList<int> Ends, IReadOnlyList<int> Reads, int Failed, double? P50,
    double? P99, bool Cancelled);

/// <summary>What problem documents say of each field.</summary>
internal static class LabProblems
{
    public const string Id = "The id must be a whole number from 1 to 10000.";
    public const string Readers = "The readers must be a whole number from 2 to 200.";
    public const string LoadReaders = "The readers must be a whole number from 1 to 200.";
    public const string Protection = "The protection must be none, instance or distributed.";
    public const string Seconds = "The seconds must be a whole number from 1 to 30.";
    public const string Jitter = "The jitter must be a whole number from 0 to 30.";
    public const string Writes = "The writes must be a number from 0 to 0.5.";
    public const string Skew = "The skew must be a number from 0 to 2.";
    public const string DatabaseLatencyMs = "The databaseLatencyMs must be a whole number from 0 to 2000.";
    public const string Switch = "It must be true or false.";
}

/// <summary>Generated serializers.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(StampedeRequest))]
[JsonSerializable(typeof(StampedeResponse))]
[JsonSerializable(typeof(ConditionsRequest))]
[JsonSerializable(typeof(ConditionsResponse))]
[JsonSerializable(typeof(LoadRequest))]
[JsonSerializable(typeof(LoadAccepted))]
[JsonSerializable(typeof(LoadMessage))]
[JsonSerializable(typeof(ExpireProductRequest))]
[JsonSerializable(typeof(ExpiryRequest))]
[JsonSerializable(typeof(ExpiryAccepted))]
[JsonSerializable(typeof(ExpiryMessage))]
internal sealed partial class LabJson : JsonSerializerContext;
