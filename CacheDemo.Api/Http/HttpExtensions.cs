using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using CacheDemo.Api.Cache;
using CacheDemo.Api.Catalog;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Stats;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Scalar.AspNetCore;

namespace CacheDemo.Api.Http;

/// <summary>How the API speaks HTTP: JSON, problem details, OpenAPI.</summary>
internal static class HttpExtensions
{
    public static void AddHttp(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        services.AddValidation();
        services.AddProblemDetails();
        services.AddOptions<ProblemDetailsOptions>().Configure<IOptions<CacheOptions>>((problems, cache) =>
            problems.CustomizeProblemDetails = context => Complete(context, cache.Value));
        services.AddExceptionHandler<ProblemHandler>();
        services.AddOpenApi(options => options
            .AddDocumentTransformer<OpenApiDetails>()
            .AddOperationTransformer<OpenApiDetails>()
            .AddSchemaTransformer<OpenApiDetails>());

        // Refused input reaches ProblemHandler the same way in every environment.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);

        services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, CacheJson.Default);
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, CatalogJson.Default);
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, StatsJson.Default);
            options.SerializerOptions.AllowDuplicateProperties = false;
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            // Quotes and non-ASCII text as themselves: the answers are JSON, never put into HTML.
            options.SerializerOptions.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        });

        builder.AddCheckedOptions<CorsOptions>("Cors");
        services.AddCors();
        services.AddOptions<Microsoft.AspNetCore.Cors.Infrastructure.CorsOptions>().Configure<IOptions<CorsOptions>>((cors, configured) =>
            cors.AddDefaultPolicy(policy => policy
                .WithOrigins(configured.Value.Origins)
                .AllowAnyHeader()
                .AllowAnyMethod()
                .WithExposedHeaders("traceresponse", HeaderNames.RetryAfter)));

        services.AddOptions<KestrelServerOptions>().Configure<IOptions<CacheOptions>>((kestrel, cache) =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = cache.Value.MaxRequestBytes;
            kestrel.Limits.MaxRequestLineSize = cache.Value.MaxRequestLineBytes;
        });
    }

    public static void UseHttp(this WebApplication app)
    {
        app.UseOperationTraces();
        app.Use((context, next) =>
        {
            // Each answer has one format: what a client would rather have must not cost it the problem document.
            context.Request.Headers.Accept = default;
            try
            {
                _ = context.Request.Host; // throws at a name that is none, as xn--999999999
            }
            catch (ArgumentException)
            {
                return TypedResults.Problem("The Host header is not a host name.", statusCode: StatusCodes.Status400BadRequest).ExecuteAsync(context);
            }

            return next(context);
        });
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.Use((context, next) =>
        {
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers.XContentTypeOptions = "nosniff";
            return next(context);
        });
        app.UseTraceResponse();
        app.UseJsonBodies();
        app.UseRawPath();
        app.UseRouting();
        app.UseCors();
    }

    // What the framework itself answers: a body that is too large or of a wrong media type says no detail, validation
    // names fields as C# does.
    private static void Complete(ProblemDetailsContext context, CacheOptions cache)
    {
        if (context.ProblemDetails is HttpValidationProblemDetails invalid)
        {
            invalid.Errors = invalid.Errors.ToDictionary(error => JsonNamingPolicy.CamelCase.ConvertName(error.Key), error => error.Value);
            invalid.Detail ??= string.Join(' ', invalid.Errors.Values.SelectMany(problems => problems));
        }

        if (context.ProblemDetails.Status is StatusCodes.Status413PayloadTooLarge)
        {
            context.ProblemDetails.Detail ??=
                $"The body is larger than any key and value can be: at most {cache.MaxRequestBytes} bytes are allowed.";
        }

        if (context.ProblemDetails.Status is StatusCodes.Status415UnsupportedMediaType)
            context.ProblemDetails.Detail ??= "The body must be JSON in UTF-8, with Content-Type: application/json.";
    }

    /// <summary>Maps the OpenAPI document and, in development, a page to read and try it.</summary>
    public static void MapReference(this WebApplication app)
    {
        app.MapOpenApi();
        if (app.Environment.IsDevelopment())
            app.MapScalarApiReference(options => options.DisableDefaultFonts());
    }

    /// <summary>Says in the OpenAPI document what every route of the cache may answer besides its own.</summary>
    public static RouteGroupBuilder ProducesCacheProblems(this RouteGroupBuilder routes) => routes
        .ProducesValidationProblem()
        .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
}
