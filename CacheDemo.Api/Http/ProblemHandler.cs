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
    private const string RetryAfterSeconds = "1";

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
            BadHttpRequestException e => Problem(e.StatusCode, e.Message),
            _ when RedisFailure.IsRedisFault(exception) => Failed(context.Request.Method, exception),
            _ => null,
        };

        if (problem is null)
            return false;

        if (problem.Status is StatusCodes.Status503ServiceUnavailable)
            context.Response.Headers.RetryAfter = RetryAfterSeconds;
        context.Response.StatusCode = problem.Status!.Value;
        return await problems.TryWriteAsync(
            new ProblemDetailsContext { HttpContext = context, ProblemDetails = problem });
    }

    private static ProblemDetails Problem(int status, string detail) => new() { Status = status, Detail = detail };

    // A read can be repeated. For a write the client must know whether it may have been applied.
    private ProblemDetails Failed(string method, Exception exception)
    {
        var (reason, detail) = RedisFailure.Classify(exception, state.OnlyReplicas);
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
