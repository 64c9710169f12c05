namespace CacheDemo.Api.Http;

/// <summary>Keeps paths encoded, so that a cache key can be a part of a path whatever it contains.</summary>
internal static class RawPath
{
    /// <summary>
    /// Routes by the path as it was sent; this must come before routing. Kestrel resolves dot segments and decodes
    /// everything but <c>%2F</c> (dotnet/aspnetcore #11544): nothing would be left of <c>/get/..</c>, and <c>%2F</c>
    /// and <c>%252F</c> would be the same. After this, route values are still percent-encoded.
    /// </summary>
    public static IApplicationBuilder UseRawPath(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var target = RequestTarget.PathAndQuery(context);
        if (target.StartsWith('/'))
        {
            var query = target.IndexOf('?');
            // The constructor, as the implicit conversion from a string would decode it.
            context.Request.Path = new PathString(query < 0 ? target : target[..query]);
        }

        return next(context);
    });
}
