using Microsoft.AspNetCore.Http.Features;

namespace CacheDemo.Frontend;

/// <summary>Names the limit of a request body.</summary>
internal static class BodyLimit
{
    /// <summary>Adds the limit to a 413 without a detail.</summary>
    public static void AddTo(ProblemDetailsContext context)
    {
        if (context.ProblemDetails is { Status: StatusCodes.Status413PayloadTooLarge, Detail: null }
            && context.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize is { } allowed)
        {
            context.ProblemDetails.Detail = $"The body is too large: at most {allowed} bytes are allowed.";
        }
    }
}
