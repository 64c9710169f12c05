using System.Globalization;
using StackExchange.Redis;

namespace CacheDemo.Api.Redis;

/// <summary>
/// What <c>ConnectionStrings:redis</c> may look like: <c>host:6379</c>, a StackExchange.Redis string
/// (<c>host:6379,ssl=true,user=…,password=…</c>), or a <c>redis://</c> or <c>rediss://</c> URL.
/// </summary>
public static class RedisConnectionString
{
    private const int DefaultPort = 6379;

    /// <summary>Reads any of the accepted forms.</summary>
    /// <param name="text">The connection string.</param>
    /// <param name="problem">What is wrong with it, for a log or the console: never a part of it that could be a secret.</param>
    /// <returns>The options, or null when it is malformed.</returns>
    public static ConfigurationOptions? TryParse(string text, out string problem)
    {
        text = text.Trim();
        problem = "";
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        return scheme >= 0 ? ParseUrl(text, text[..scheme], ref problem) : ParseList(text, ref problem);
    }

    /// <summary>As <see cref="TryParse"/>, for where a malformed string ends the program.</summary>
    /// <exception cref="FormatException">The string is malformed; the message says how.</exception>
    public static ConfigurationOptions Parse(string text) =>
        TryParse(text, out var problem) ?? throw new FormatException($"The Redis connection string is malformed: {problem}");

    private static ConfigurationOptions? ParseList(string text, ref string problem)
    {
        var parts = text.Split(',');
        for (var i = 0; i < parts.Length; i++)
        {
            var part = parts[i].Trim();
            var equals = part.IndexOf('=');
            if (equals < 0 && !IsEndpoint(part, out var why))
                return Fail(out problem, $"{Nth(i, parts)} is not host:port ({why}). {CommaHint}");

            // Each option on its own, so that what StackExchange.Redis says of it (it quotes) is never passed on.
            if (equals >= 0 && !IsOption(part))
                return Fail(out problem, $"{Nth(i, parts)} is not an option that StackExchange.Redis knows, or its value is not valid. {CommaHint}");
        }

        var options = ConfigurationOptions.Parse(text);
        return options.EndPoints.Count > 0 ? options : Fail(out problem, "it names no server; give host:port first.");
    }

    private const string CommaHint = "A password with a comma in it can be given in a redis:// URL, as %2C.";

    private static string Nth(int index, string[] parts) => $"part {index + 1} of {parts.Length} (they are parted by commas)";

    private static bool IsOption(string part)
    {
        try
        {
            ConfigurationOptions.Parse(part);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            return false;
        }
    }

    private static bool IsEndpoint(string part, out string why)
    {
        why = "";
        if (part.Length == 0)
        {
            why = "it is empty";
        }
        else if (part.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '/' or '@' or '?' or '#'))
        {
            why = "it has a character that no host name has";
        }
        else if (!part.StartsWith('[') && part.Count(':'.Equals) == 1 && !IsPort(part[(part.IndexOf(':') + 1)..], out _))
        {
            why = "the port is not a number from 1 to 65535";
        }
        else if (part.StartsWith(':'))
        {
            why = "the host is missing";
        }

        return why.Length == 0;
    }

    private static bool IsPort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= ushort.MaxValue;

    // https://www.iana.org/assignments/uri-schemes/prov/redis: redis://user:password@host:port/database
    private static ConfigurationOptions? ParseUrl(string text, string scheme, ref string problem)
    {
        var tls = scheme.Equals("rediss", StringComparison.OrdinalIgnoreCase);
        if (!tls && !scheme.Equals("redis", StringComparison.OrdinalIgnoreCase))
            return Fail(out problem, "the URL's scheme is not redis or rediss.");

        // By hand: System.Uri refuses what passwords are made of, and its messages say where.
        var rest = text[(scheme.Length + 3)..];
        var at = rest.LastIndexOf('@');
        var userInfo = at >= 0 ? rest[..at] : "";
        rest = rest[(at + 1)..];

        if (rest.AsSpan().IndexOfAny('?', '#') >= 0)
            return Fail(out problem, "a query or fragment in the URL has no meaning here; in a user name or password write ? as %3F and # as %23.");

        var slash = rest.IndexOf('/');
        var database = slash >= 0 ? rest[(slash + 1)..] : "";
        var address = slash >= 0 ? rest[..slash] : rest;
        if (!IsEndpoint(address, out var why))
            return Fail(out problem, $"the URL's address is not host:port ({why}).");

        var options = new ConfigurationOptions { Ssl = tls };
        var colon = address.LastIndexOf(':');
        if (colon > address.LastIndexOf(']') && IsPort(address[(colon + 1)..], out var port))
            options.EndPoints.Add(address[..colon].Trim('[', ']'), port);
        else
            options.EndPoints.Add(address.Trim('[', ']'), DefaultPort);

        if (database.Length > 0)
        {
            if (!int.TryParse(database, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return Fail(out problem, "the URL's path is not a database number.");
            options.DefaultDatabase = number;
        }

        if (userInfo.Length > 0)
        {
            var parted = userInfo.IndexOf(':');
            var user = Uri.UnescapeDataString(parted >= 0 ? userInfo[..parted] : "");
            options.User = user.Length > 0 ? user : null;
            options.Password = Uri.UnescapeDataString(userInfo[(parted + 1)..]);
        }

        return options;
    }

    private static ConfigurationOptions? Fail(out string problem, string message)
    {
        problem = message;
        return null;
    }
}
