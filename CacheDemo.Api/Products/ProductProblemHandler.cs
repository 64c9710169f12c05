using CacheDemo.Api.Http;
using Microsoft.AspNetCore.Diagnostics;

namespace CacheDemo.Api.Products;

/// <summary>Turns a database that does not answer into 503 with problem details.</summary>
internal sealed class ProductProblemHandler(IProblemDetailsService problems) : IExceptionHandler
{
    /// <inheritdoc />
    public async ValueTask<bool> TryHandleAsync(
        HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not DatabaseAwayException)
            return false;

        var problem = ProblemHandler.Unavailable(context, "database_unreachable", exception.Message);
        return await problems.TryWriteAsync(
            new ProblemDetailsContext { HttpContext = context, ProblemDetails = problem });
    }
}
