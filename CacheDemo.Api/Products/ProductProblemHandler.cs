using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;

namespace CacheDemo.Api.Products;

/// <summary>Turns a database that does not answer into 503 with problem details.</summary>
internal sealed class ProductProblemHandler(IProblemDetailsService problems) : IExceptionHandler
{
    private const string RetryAfterSeconds = "1";

    /// <inheritdoc />
    public async ValueTask<bool> TryHandleAsync(
        HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not DatabaseAwayException)
            return false;

        var problem = new ProblemDetails
        {
            Status = StatusCodes.Status503ServiceUnavailable,
            Detail = exception.Message,
            Extensions = { ["reason"] = "database_unreachable" },
        };
        if (!HttpMethods.IsGet(context.Request.Method))
        {
            problem.Detail += " Whether the change was made is unknown.";
            problem.Extensions["outcome"] = "unknown";
        }

        context.Response.Headers.RetryAfter = RetryAfterSeconds;
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return await problems.TryWriteAsync(
            new ProblemDetailsContext { HttpContext = context, ProblemDetails = problem });
    }
}
