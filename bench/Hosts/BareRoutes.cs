using StackExchange.Redis;

namespace CacheDemo.Bench.Hosts;

/// <summary>
/// What the same host can do at best: a get of three lines with the same client, and an answer without Redis.
/// </summary>
internal static class BareRoutes
{
    /// <summary>Serves <c>/get/{key}</c> and <c>/constant/{key}</c>.</summary>
    public static async Task RunAsync(WebApplicationBuilder builder, string redis)
    {
        var database = (await ConnectionMultiplexer.ConnectAsync(redis)).GetDatabase();
        var app = builder.Build();
        app.MapGet("/get/{key}", async (string key) => await database.StringGetAsync(key) is { IsNull: false } value
            ? Results.Ok(new Answer(key, value!, "cache"))
            : Results.NotFound());
        app.MapGet("/constant/{key}", (string key) => Results.Ok(new Answer(key, "12345", "cache")));
        await app.RunAsync();
    }

    private sealed record Answer(string Key, string Value, string Source);
}
