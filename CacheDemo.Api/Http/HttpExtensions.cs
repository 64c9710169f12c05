using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Scalar.AspNetCore;

namespace CacheDemo.Api.Http;

/// <summary>What all routes have in common: JSON, problem details, CORS, OpenAPI.</summary>
internal static class HttpExtensions
{
    /// <summary>The name of the OpenAPI document.</summary>
    public const string OpenApiDocument = "v1";

    /// <summary>Registers JSON, problem details, CORS and OpenAPI.</summary>
    public static void AddHttp(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        services.AddValidation();
        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = Complete);
        services.AddSingleton<RedisRequestFilter>();
        services.AddExceptionHandler<ProblemHandler>();
        services.AddOpenApi(OpenApiDocument, options => options.AddDocumentTransformer<OpenApiDetails>());

        // Invalid input reaches ProblemHandler in the same way in every environment.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);

        services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.AllowDuplicateProperties = false;
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            // Quotes and non-ASCII text unescaped: the responses are JSON and never embedded in HTML.
            options.SerializerOptions.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        });

        builder.AddCheckedOptions<CorsOptions>("Cors");
        services.AddCors();
        services.AddOptions<Microsoft.AspNetCore.Cors.Infrastructure.CorsOptions>()
            .Configure<IOptions<CorsOptions>>((cors, configured) => cors.AddDefaultPolicy(policy => policy
                .WithOrigins(configured.Value.Origins)
                .AllowAnyHeader()
                .AllowAnyMethod()
                .WithExposedHeaders("traceresponse", HeaderNames.RetryAfter)));

        services.Configure<KestrelServerOptions>(kestrel => kestrel.AddServerHeader = false);
    }

    /// <summary>Adds the pipeline up to routing and CORS.</summary>
    public static void UseHttp(this WebApplication app)
    {
        app.UseCheckedHeaders();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.Use((context, next) =>
        {
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers.XContentTypeOptions = "nosniff";
            return next(context);
        });
        app.UseJsonBodies();
        app.UseRawPath();
        app.UseRouting();
        app.UseCors();
    }

    // Responses of the framework: a body that is too large or of a wrong media type has no detail, and validation names
    // fields as in C#.
    private static void Complete(ProblemDetailsContext context)
    {
        if (context.ProblemDetails is HttpValidationProblemDetails invalid)
        {
            invalid.Errors = invalid.Errors.ToDictionary(
                error => JsonNamingPolicy.CamelCase.ConvertName(error.Key), error => error.Value);
            invalid.Detail ??= string.Join(' ', invalid.Errors.Values.SelectMany(problems => problems));
        }

        if (context.ProblemDetails.Status is StatusCodes.Status413PayloadTooLarge)
        {
            context.ProblemDetails.Detail ??= "The body is larger than any key and value can be: "
                + $"at most {LimitedBody.LimitOf(context.HttpContext)} bytes are allowed.";
        }

        if (context.ProblemDetails.Status is StatusCodes.Status415UnsupportedMediaType)
        {
            context.ProblemDetails.Detail ??= context.HttpContext.Request.Headers.ContentEncoding.Count > 0
                ? "The body must not be compressed: send it without Content-Encoding."
                : "The body must be JSON in UTF-8, with Content-Type: application/json.";
        }
    }

    /// <summary>Maps the OpenAPI document and, in development, its reference page.</summary>
    public static void MapReference(this WebApplication app)
    {
        app.MapOpenApi();
        if (app.Environment.IsDevelopment())
            app.MapScalarApiReference(options => options.DisableDefaultFonts());
    }

    /// <summary>Limits the routes to what <see cref="RedisRequestFilter"/> allows.</summary>
    public static TBuilder RequiresRedis<TBuilder>(this TBuilder routes) where TBuilder : IEndpointConventionBuilder =>
        routes.AddEndpointFilter((context, next) =>
            context.HttpContext.RequestServices.GetRequiredService<RedisRequestFilter>().InvokeAsync(context, next));

    /// <summary>Adds the problems that every route of the cache may return to the OpenAPI document.</summary>
    public static RouteGroupBuilder ProducesCacheProblems(this RouteGroupBuilder routes) => routes
        .ProducesValidationProblem()
        .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
}
