using Microsoft.AspNetCore.Http.Features;

namespace CacheDemo.Frontend;

/// <summary>What is said of bodies that are too large.</summary>
internal static class RequestBodies
{
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
