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

    // Which of the ports in HTTP_PORTS or ASPNETCORE_URLS is for HTTP/2.
    private const string Http2Port = "HTTP2_PORT";

    /// <summary>Registers it.</summary>
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

        services.AddOptions<KestrelServerOptions>().Configure<IConfiguration>((kestrel, configuration) =>
        {
            kestrel.AddServerHeader = false;
            // Without TLS a client cannot negotiate HTTP/2: one of the ports is for nothing else.
            var http2 = configuration.GetValue<int?>(Http2Port);
            kestrel.ConfigureEndpointDefaults(endpoint =>
            {
                if (endpoint.IPEndPoint?.Port == http2)
                    endpoint.Protocols = HttpProtocols.Http2;
            });
            // More requests at once take another connection, and so another instance behind the same address.
            kestrel.Limits.Http2.MaxStreamsPerConnection = 16;
            // What is over these limits ends the connection, with all its requests: they are wider than what the page's
            // host lets in, 32 KiB of request line and as much in 100 headers, and what it adds.
            kestrel.Limits.Http2.MaxRequestHeaderFieldSize = 64 * 1024;
            kestrel.Limits.MaxRequestHeadersTotalSize = 128 * 1024;
            kestrel.Limits.MaxRequestHeaderCount = 200;
        });
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
            var limit = context.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;
            context.ProblemDetails.Detail ??=
                $"The body is larger than any key and value can be: at most {limit} bytes are allowed.";
        }

        if (context.ProblemDetails.Status is StatusCodes.Status415UnsupportedMediaType)
            context.ProblemDetails.Detail ??= "The body must be JSON in UTF-8, with Content-Type: application/json.";
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
