using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace CacheDemo.Frontend.Proxy;

/// <summary>A body that is too large, here or for the API, is a 413 that says how much is allowed.</summary>
internal static class LargeBodies
{
    /// <summary>Less than this the connection to the API takes before the API reads it.</summary>
    private const int LargeBytes = 64 * 1024;

    /// <summary>
    /// Asks the API before it is sent a large body (<c>Expect: 100-continue</c>): it refuses one by its length and
    /// closes the connection, and in the middle of sending its answer would be lost, and be a 502.
    /// </summary>
    public static void AddExpectContinue(this TransformBuilderContext all) => all.AddRequestTransform(transform =>
    {
        if (transform.HttpContext.Request.ContentLength > LargeBytes)
            transform.ProxyRequest.Headers.ExpectContinue = true;
        return ValueTask.CompletedTask;
    });

    /// <summary>Adds to a 413 that says nothing more how many bytes are allowed.</summary>
    public static void NameLimit(ProblemDetailsContext context)
    {
        if (context.ProblemDetails is { Status: StatusCodes.Status413PayloadTooLarge, Detail: null }
            && context.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize is { } allowed)
        {
            context.ProblemDetails.Detail = $"The body is too large: at most {allowed} bytes are allowed.";
        }
    }
}
