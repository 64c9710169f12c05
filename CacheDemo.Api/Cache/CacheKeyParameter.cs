using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Text;
using CacheDemo.Api.Http;
using CacheDemo.Api.Keyspace;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace CacheDemo.Api.Cache;

/// <summary>
/// A key from a URL: the rest of the path (<c>/get/{key}</c>, slashes and all) or, for keys that no browser sends in a
/// path (<c>.</c> and <c>..</c>), the query (<c>/get?key=</c>).
/// </summary>
/// <param name="Value">The key, decoded and validated.</param>
internal sealed record CacheKeyParameter(string Value) : IBindableFromHttpContext<CacheKeyParameter>
{
    /// <summary>
    /// Binds the key of a route <c>/{operation}/{**key}</c>; <see cref="RawPath"/> leaves the path encoded.
    /// </summary>
    /// <exception cref="BadInputException">The key is missing or invalid.</exception>
    public static ValueTask<CacheKeyParameter?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        if (!TryDecode(FromPath(context.Request.Path.Value!) ?? FromQuery(context.Request), out var key))
            throw new BadInputException("key", "The key is not percent-encoded UTF-8.");
        var options = context.RequestServices.GetRequiredService<IOptions<CacheOptions>>().Value;
        if (options.KeyProblem(key) is { } problem)
            throw new BadInputException("key", problem);
        return new(new CacheKeyParameter(key));
    }

    private static string? FromPath(string path)
    {
        var start = path.IndexOf('/', 1) + 1;
        return start > 0 && start < path.Length ? path[start..] : null;
    }

    private static string FromQuery(HttpRequest request)
    {
        foreach (var pair in new QueryStringEnumerable(request.QueryString.Value))
        {
            if (pair.EncodedName.Span is "key")
                return pair.EncodedValue.ToString().Replace('+', ' ');
        }

        return "";
    }

    // Uri.UnescapeDataString leaves what it cannot decode: %ff and %25ff would be the same key.
    private static bool TryDecode(string encoded, [NotNullWhen(true)] out string? text)
    {
        text = encoded;
        if (!encoded.Contains('%'))
            return true;

        text = null;
        var bytes = new byte[encoded.Length];
        var count = 0;
        for (var i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] != '%')
            {
                if (!char.IsAscii(encoded[i]))
                    return false;
                bytes[count++] = (byte)encoded[i];
            }
            else if (i + 2 < encoded.Length
                && byte.TryParse(
                    encoded.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                    out bytes[count]))
            {
                count++;
                i += 2;
            }
            else
            {
                return false;
            }
        }

        try
        {
            text = CacheKeys.StrictUtf8.GetString(bytes, 0, count);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
