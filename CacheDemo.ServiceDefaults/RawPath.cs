using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Lets a cache key be a part of a path, whatever it holds.</summary>
public static class RawPath
{
    /// <summary>
    /// Routes by the path as it was sent. Kestrel resolves dot segments and decodes all but <c>%2F</c> (dotnet/aspnetcore
    /// #11544), so that of <c>/get/..</c> nothing would be left, and <c>%2F</c> and <c>%252F</c> would be the same. After this,
    /// route values are still percent-encoded.
    /// </summary>
    /// <param name="app">The pipeline; this must come before routing.</param>
    /// <param name="prefix">Only paths that begin so are taken as they were sent.</param>
    public static IApplicationBuilder UseRawPath(this IApplicationBuilder app, string prefix = "/") => app.Use((context, next) =>
    {
        // Absolute-form ("GET http://…") and "*" are left to Kestrel.
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (target.StartsWith(prefix, StringComparison.Ordinal))
        {
            var query = target.IndexOf('?');
            // The constructor: the implicit conversion from a string would decode it.
            context.Request.Path = new PathString(query < 0 ? target : target[..query]);
        }

        return next(context);
    });
}
