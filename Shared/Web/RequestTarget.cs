using Microsoft.AspNetCore.Http.Features;

namespace CacheDemo;

/// <summary>What a request asks for, as it was sent.</summary>
internal static class RequestTarget
{
    /// <summary>
    /// The path and the query, still encoded; <c>*</c> of <c>OPTIONS *</c>. The scheme and the host that a client sends
    /// to a proxy (RFC 9112 section 3.2.2) are left out.
    /// </summary>
    public static string PathAndQuery(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var scheme = target.StartsWith('/') ? -1 : target.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
            return target;
        var path = target.IndexOf('/', scheme + 3);
        return path < 0 ? "/" : target[path..];
    }
}
