using System.Text.Json;
using CacheDemo.Redis;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CacheDemo.Api.Http;

/// <summary>
/// Turns invalid input and failures of Redis into RFC 9457 problem details. Input of a client is never a 500, and
/// messages of Redis are not returned, as they may contain addresses and users.
/// </summary>
internal sealed class ProblemHandler(
    IProblemDetailsService problems,
    RedisConnectionState state,
    IOptions<JsonMemberProblems> members
) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(
        HttpContext context,
        Exception exception,
        CancellationToken cancellationToken)
    {
        var problem = exception switch
        {
            BadInputException e => Invalid(e.StatusCode, e.Field, e.Message),
            BadHttpRequestException { InnerException: JsonException e } => InvalidJson(e),
            BadHttpRequestException e when e.Message.Contains("no body was provided", StringComparison.Ordinal) =>
                Problem(e.StatusCode, "The body is missing: send a JSON object."),
            // The same detail, whoever finds it.
            BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType } =>
                new() { Status = StatusCodes.Status415UnsupportedMediaType },
            BadHttpRequestException e => Problem(e.StatusCode, e.Message),
            _ when RedisFailure.IsRedisFault(exception) => Failed(context, exception),
            _ => null,
        };

        if (problem is null)
            return false;

        context.Response.StatusCode = problem.Status!.Value;
        return await problems.TryWriteAsync(
            new ProblemDetailsContext { HttpContext = context, ProblemDetails = problem });
    }

    private static ProblemDetails Problem(int status, string detail) => new() { Status = status, Detail = detail };

    private ProblemDetails Failed(HttpContext context, Exception exception)
    {
        var (reason, detail) = RedisFailure.Classify(exception, state.OnlyReplicas);
        return reason == RedisFailure.WrongType
            ? Problem(StatusCodes.Status409Conflict, detail)
            : Unavailable(context, reason, detail, RedisFailure.IsNotApplied(exception));
    }

    /// <summary>503 with <c>Retry-After</c>: what the request needs does not answer now.</summary>
    /// <param name="context">The request.</param>
    /// <param name="reason">A word for programs.</param>
    /// <param name="detail">A sentence for people.</param>
    /// <param name="notApplied">Whether a write is known not to have been applied.</param>
    public static ProblemDetails Unavailable(
        HttpContext context, string reason, string detail, bool notApplied = false)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.RetryAfter = "1";
        var problem = Problem(StatusCodes.Status503ServiceUnavailable, detail);
        problem.Extensions["reason"] = reason;
        // A read can be repeated. For a write the client must know whether it may have been applied.
        if (!HttpMethods.IsGet(context.Request.Method))
        {
            problem.Detail += notApplied ? " Nothing was changed." : " Whether the change was made is unknown.";
            problem.Extensions["outcome"] = notApplied ? "not_applied" : "unknown";
        }

        return problem;
    }

    private static HttpValidationProblemDetails Invalid(int status, string field, string problem) =>
        new(new Dictionary<string, string[]> { [field] = [problem] })
        {
            Status = status,
            Title = null,
            Detail = problem,
        };

    // Validation reports invalid members. Here one is there twice, or is not JSON.
    private ProblemDetails InvalidJson(JsonException e) =>
        e.Path is ['$', '.', .. var member] && members.Value.TryGetValue(member, out var problem)
            ? Invalid(StatusCodes.Status400BadRequest, member, problem)
            : Problem(StatusCodes.Status400BadRequest, "The body is not the JSON object that this route takes.");
}
