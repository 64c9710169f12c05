using CacheDemo.Api.Http;
using CacheDemo.Api.Products;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CacheDemo.Api.Lab;

/// <summary>The routes of the experiments, which are there only where <c>Lab:Enabled</c> is true.</summary>
internal static class LabApi
{
    /// <summary>Registers the experiments, if there are any.</summary>
    public static void AddLab(this IHostApplicationBuilder builder)
    {
        builder.AddCheckedOptions<LabOptions>(LabOptions.Section);
        if (!IsEnabled(builder.Configuration))
            return;

        var services = builder.Services;
        services.AddSingleton<LabRun>();
        services.AddSingleton<Stampede>();
        services.AddSingleton<Load>();
        services.AddSingleton<ExpiringEntries>();
        services.AddSingleton<LabConditions>();
        services.AddOptions<JsonMemberProblems>().Configure(problems =>
        {
            problems["id"] = LabProblems.Id;
            problems["readers"] = LabProblems.LoadReaders;
            problems["protection"] = LabProblems.Protection;
            problems["seconds"] = LabProblems.Seconds;
            problems["jitter"] = LabProblems.Jitter;
            problems["writes"] = LabProblems.Writes;
            problems["skew"] = LabProblems.Skew;
            problems["databaseLatencyMs"] = LabProblems.DatabaseLatencyMs;
            foreach (var name in new[] { "databaseDown", "redisDown", "failSafe", "backplane" })
                problems[name] = LabProblems.Switch;
        });
        services.ConfigureHttpJsonOptions(json =>
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, LabJson.Default));
    }

    /// <summary>Maps <c>/lab</c>, if there are experiments.</summary>
    public static void MapLab(this WebApplication app)
    {
        if (!IsEnabled(app.Configuration))
            return;

        // They handle messages of other instances from the start on.
        app.Services.GetRequiredService<Stampede>();
        app.Services.GetRequiredService<Load>();
        app.Services.GetRequiredService<ExpiringEntries>();
        app.Services.GetRequiredService<LabConditions>();

        var lab = app.MapGroup("/lab").WithTags("Lab").ProducesCacheProblems()
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
        lab.MapPost("/stampede", StampedeAsync)
            .WithName("stampede")
            .WithSummary("Let readers of all instances read one product that nothing has cached, at the same moment.")
            .WithDescription("Says when each began, how long it took and where it was answered.")
            .ProducesProblem(StatusCodes.Status409Conflict);
        lab.MapPost("/load", LoadAsync)
            .WithName("load")
            .WithSummary("Read for some seconds, through the cache and beside that without it.")
            .WithDescription("Progress and result are the events load and loadResult of the event stream. "
                + "A load that nobody watches is cancelled.")
            .ProducesProblem(StatusCodes.Status409Conflict);
        lab.MapPost("/expiry", ExpiryAsync)
            .WithName("expiry")
            .WithSummary("Set a thousand entries at once, and read each from the database when it has expired.")
            .WithDescription("Progress and result are the events expiry and expiryResult of the event stream. "
                + "A run that nobody watches is cancelled.")
            .ProducesProblem(StatusCodes.Status409Conflict);
        lab.MapPost("/expire", ExpireAsync)
            .WithName("expireProduct")
            .WithSummary("Let the entry of a product expire now, in Redis and in the memory of all instances.")
            .WithDescription("It is kept for reads while the database does not answer. "
                + "Nothing happens where there is no entry.");
        lab.MapPut("/conditions", ConditionsAsync)
            .WithName("conditions")
            .WithSummary("Make the database slow, or it or Redis away, for all instances.")
            .WithDescription("What is absent is as usual; after ten minutes everything is.");
    }

    private static async Task<StampedeResponse> StampedeAsync(StampedeRequest request, Stampede stampede) =>
        await stampede.RunAsync(request.Id!.Value, request.Readers!.Value, request.Protection!);

    private static async Task<Accepted<LoadAccepted>> LoadAsync(LoadRequest request, Load load) =>
        TypedResults.Accepted((string?)null, new LoadAccepted(await load.BeginAsync(
            request.Readers!.Value, request.Seconds!.Value, request.Writes ?? 0, request.Skew ?? 1)));

    private static async Task<Accepted<ExpiryAccepted>> ExpiryAsync(ExpiryRequest request, ExpiringEntries entries) =>
        TypedResults.Accepted((string?)null, new ExpiryAccepted(
            await entries.BeginAsync(request.Seconds!.Value, request.Jitter ?? 0), ExpiringEntries.Count));

    private static async Task<NoContent> ExpireAsync(
        ExpireProductRequest request, ProductService products, Stampede stampede)
    {
        await products.ExpireNowAsync(request.Id!.Value);
        // Copies that an instance has say that they expire later.
        await stampede.ForgetInMemoryAsync(request.Id.Value);
        return TypedResults.NoContent();
    }

    private static Task<ConditionsResponse> ConditionsAsync(ConditionsRequest request, LabConditions conditions) =>
        conditions.ChangeAsync(request);

    private static bool IsEnabled(IConfiguration configuration) =>
        configuration.GetChecked<LabOptions>(LabOptions.Section).Enabled;
}
