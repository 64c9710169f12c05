using System.Text.Json;
using CacheDemo.Api.Cache;
using CacheDemo.Api.Redis;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CacheDemo.Api.Http;

/// <summary>
/// Answers refused input and an absent Redis with RFC 9457 problem details. What the client sent is never a 500, and what
/// Redis said is never passed on, as it may name addresses and users.
/// </summary>
internal sealed class ProblemHandler(IProblemDetailsService problems, MovedPrimary moved, IOptions<CacheOptions> options) : IExceptionHandler
{
    private const string RetryAfterSeconds = "1";

    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        var problem = exception switch
        {
            BadInputException e => Invalid(e.StatusCode, e.Field, e.Message),
            BadHttpRequestException { InnerException: JsonException e } => InvalidJson(e),
            BadHttpRequestException e when e.Message.Contains("no body was provided", StringComparison.Ordinal) =>
                Problem(e.StatusCode, "The body is missing: send a JSON object."),
            BadHttpRequestException e => Problem(e.StatusCode, e.Message),
            _ when RedisFailure.IsAway(exception) => Failed(context.Request.Method, exception),
            _ => null,
        };

        if (problem is null)
            return false;

        if (problem.Status is StatusCodes.Status503ServiceUnavailable)
            context.Response.Headers.RetryAfter = RetryAfterSeconds;
        context.Response.StatusCode = problem.Status!.Value;
        return await problems.TryWriteAsync(new ProblemDetailsContext { HttpContext = context, ProblemDetails = problem });
    }

    private static ProblemDetails Problem(int status, string detail) => new() { Status = status, Detail = detail };

    // A read may be asked again. Of a write the client must know whether it can have been carried out.
    private ProblemDetails Failed(string method, Exception exception)
    {
        // While only replicas are there, connections are made anew until one is to a primary: what fails then fails for that.
        var (reason, detail) = RedisFailure.Classify(exception, onlyReplicas: moved.IsLooking);
        if (reason == RedisFailure.WrongType)
            return Problem(StatusCodes.Status409Conflict, detail);

        var problem = Problem(StatusCodes.Status503ServiceUnavailable, detail);
        problem.Extensions["reason"] = reason;
        if (!HttpMethods.IsGet(method))
        {
            var notApplied = RedisFailure.IsNotApplied(exception);
            problem.Detail += notApplied ? " Nothing was changed." : " Whether the change was made is unknown.";
            problem.Extensions["outcome"] = notApplied ? "not_applied" : "unknown";
        }

        return problem;
    }

    private static HttpValidationProblemDetails Invalid(int status, string field, string problem) =>
        new(new Dictionary<string, string[]> { [field] = [problem] }) { Status = status, Title = null, Detail = problem };

    // What is wrong with a member alone the validation says; here it comes twice, or what is in its place is no JSON.
    private ProblemDetails InvalidJson(JsonException e) => e.Path switch
    {
        "$.key" => Invalid(StatusCodes.Status400BadRequest, "key", CacheKeyAttribute.NotText),
        "$.value" => Invalid(StatusCodes.Status400BadRequest, "value", CacheValueAttribute.NotText),
        "$.ttl" => Invalid(StatusCodes.Status400BadRequest, "ttl", TimeToLiveAttribute.NotWhole(options.Value)),
        _ => Problem(StatusCodes.Status400BadRequest, "The body is not the JSON object that this route takes."),
    };
}
