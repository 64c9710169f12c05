using System.Globalization;
using System.Net;
using StackExchange.Redis;

namespace CacheDemo.Redis;

/// <summary>
/// Parses connection strings: <c>host:6379</c>, a StackExchange.Redis string
/// (<c>host:6379,ssl=true,user=…,password=…</c>), or a <c>redis://</c> or <c>rediss://</c> URL.
/// </summary>
public static class RedisConnectionString
{
    private const int DefaultPort = 6379;

    private const string CommaHint = "A password with a comma in it can be given in a redis:// URL, as %2C.";

    private const string Boolean = "true or false", Milliseconds = "milliseconds from 1 to 60000";

    /// <summary>
    /// The options of StackExchange.Redis with their allowed values; empty allows any text. Messages name an option,
    /// never its value: where commas or semicolons are wrong, it contains a part of a password.
    /// </summary>
    private static readonly Dictionary<string, string> Options = new(StringComparer.OrdinalIgnoreCase)
    {
        ["abortConnect"] = Boolean,
        ["allowAdmin"] = Boolean,
        ["asyncTimeout"] = Milliseconds,
        ["channelPrefix"] = "",
        ["checkCertificateRevocation"] = Boolean,
        ["configChannel"] = "",
        ["configCheckSeconds"] = "seconds from 1 to 86400",
        ["connectRetry"] = "a number from 0 to 100",
        ["connectTimeout"] = Milliseconds,
        ["defaultDatabase"] = "a database number: 0 or more",
        ["highIntegrity"] = Boolean,
        ["keepAlive"] = "seconds, -1 for none",
        ["name"] = "",
        ["password"] = "",
        ["protocol"] = "resp2 or resp3",
        ["proxy"] = "none: the API needs each server itself, so give the addresses of the servers behind the proxy",
        ["resolveDns"] = Boolean,
        ["serviceName"] = "nothing: Sentinel is not asked, so give the address of the primary",
        ["setlib"] = Boolean,
        ["ssl"] = Boolean,
        ["sslHost"] = "",
        ["sslProtocols"] = "versions of TLS, as tls12 or tls13",
        ["syncTimeout"] = Milliseconds,
        ["tcpKeepAlive"] = Boolean,
        ["tieBreaker"] = "",
        ["tunnel"] = "an HTTP proxy, as http:host:port",
        ["user"] = "",
        ["version"] = "a version, as 7.0",
    };

    /// <summary>Reads any of the accepted forms. Every endpoint of the result has a port.</summary>
    /// <param name="text">The connection string.</param>
    /// <param name="problem">
    /// What is wrong with it, for a log or the console: never a part of it that could be a secret.
    /// </param>
    /// <returns>The options, or null when it is malformed.</returns>
    public static ConfigurationOptions? TryParse(string text, out string problem)
    {
        text = text.Trim();
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        // tunnel=http://… is an option of a list.
        return scheme >= 0 && text.AsSpan(0, scheme).IndexOfAny(',', '=') < 0
            ? ParseUrl(text, text[..scheme], out problem)
            : ParseList(text, out problem);
    }

    /// <summary>As <see cref="TryParse"/>, for where a malformed string ends the program.</summary>
    /// <exception cref="FormatException">The string is malformed; the message says how.</exception>
    public static ConfigurationOptions Parse(string text) =>
        TryParse(text, out var problem)
        ?? throw new FormatException($"The Redis connection string is malformed: {problem}");

    private static ConfigurationOptions? ParseList(string text, out string problem)
    {
        var parts = text.Split(',');
        var servers = new EndPointCollection();
        var options = new ConfigurationOptions();
        for (var i = 0; i < parts.Length; i++)
        {
            var part = parts[i].Trim();
            var nth = $"part {i + 1} of {parts.Length} (commas separate them)";
            if (part.Contains('='))
            {
                // Each option by itself: messages of StackExchange.Redis quote it, and are not passed on.
                if (Fault(part) is { } fault)
                    return Fail(out problem, $"{nth}{fault}");
                continue;
            }

            // Otherwise what follows a comma in a password would be taken for a server, and logged.
            if (i > 0 && parts[i - 1].Contains('='))
                return Fail(out problem, $"{nth} is not name=value, and servers come before options. {CommaHint}");
            if (!TryParseEndPoint(part, out var server, out var why))
                return Fail(out problem, $"{nth} is not host:port ({why}). {CommaHint}");
            servers.TryAdd(server);
        }

        if (servers.Count == 0)
            return Fail(out problem, "it names no server; give host:port first.");

        var named = string.Join(',', parts.Where(part => part.Contains('=')));
        if (named.Length > 0)
            options = ConfigurationOptions.Parse(named);
        foreach (var server in servers)
            options.EndPoints.Add(server);
        problem = "";
        return options;
    }

    // What is wrong with name=value, or null.
    private static string? Fault(string part)
    {
        var name = part[..part.IndexOf('=')].Trim();
        if (!name.StartsWith('$') && !Options.ContainsKey(name))
            return $" is not an option that is known. {CommaHint}";

        try
        {
            var parsed = ConfigurationOptions.Parse(part);
            if (name.StartsWith('$') || IsAllowed(name, parsed))
                return null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            // Reported below.
        }

        if (name.StartsWith('$'))
            return " is not a command and its name.";
        var known = Options.Keys.First(known => known.Equals(name, StringComparison.OrdinalIgnoreCase));
        return $": {known} must be {Options[name]}.";
    }

    private static bool IsAllowed(string name, ConfigurationOptions parsed)
    {
        static bool IsTimeout(int milliseconds) => milliseconds is >= 1 and <= 60_000;
        return name.ToLowerInvariant() switch
        {
            "asynctimeout" => IsTimeout(parsed.AsyncTimeout),
            "configcheckseconds" => parsed.ConfigCheckSeconds is >= 1 and <= 86_400,
            "connectretry" => parsed.ConnectRetry is >= 0 and <= 100,
            "connecttimeout" => IsTimeout(parsed.ConnectTimeout),
            "defaultdatabase" => parsed.DefaultDatabase >= 0,
            "keepalive" => parsed.KeepAlive >= -1,
            "proxy" => parsed.Proxy is Proxy.None,
            "servicename" => string.IsNullOrEmpty(parsed.ServiceName),
            "synctimeout" => IsTimeout(parsed.SyncTimeout),
            _ => true,
        };
    }

    private static bool TryParseEndPoint(string text, out EndPoint server, out string why)
    {
        server = new DnsEndPoint("localhost", DefaultPort);
        why = "";
        if (text.Length == 0)
        {
            why = "it is empty";
            return false;
        }

        // [::1]:6379, ::1, host:6379 or host.
        var colon = text.LastIndexOf(':');
        var bracket = text.LastIndexOf(']');
        var isBareV6 = !text.StartsWith('[') && bracket < 0 && text.Count(':'.Equals) > 1;
        var hasPort = colon > bracket && !isBareV6;
        var port = DefaultPort;
        if (hasPort && !IsPort(text[(colon + 1)..], out port))
        {
            why = "the port is not a number from 1 to 65535";
            return false;
        }

        var host = hasPort ? text[..colon] : text;
        if (isBareV6 || host.StartsWith('['))
        {
            if (!isBareV6 && !host.EndsWith(']'))
                why = "a bracket is not closed";
            else if (!IPAddress.TryParse(host.Trim('[', ']'), out var address))
                why = "it is not an IPv6 address";
            else
                server = new IPEndPoint(address, port);
            return why.Length == 0;
        }

        if (host.Length == 0)
            why = "the host is missing";
        else if (!host.All(c => char.IsLetterOrDigit(c) || c is '.' or '-' or '_'))
            why = "it has a character that no host name has";
        else if (
            host.Length > 253
            || host.Split('.') is [.. var labels, var last] && (labels.Any(IsNoLabel) || last.Length > 63))
            why = "it is not a host name";
        else
            server =
                IPAddress.TryParse(host, out var address) && host.Contains('.')
                    ? new IPEndPoint(address, port)
                    : new DnsEndPoint(host, port);
        return why.Length == 0;
    }

    // A name may end with a dot.
    private static bool IsNoLabel(string label) => label.Length is 0 or > 63;

    private static bool IsPort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port)
        && port is > 0 and <= ushort.MaxValue;

    // https://www.iana.org/assignments/uri-schemes/prov/redis: redis://user:password@host:port/database
    private static ConfigurationOptions? ParseUrl(string text, string scheme, out string problem)
    {
        var tls = scheme.Equals("rediss", StringComparison.OrdinalIgnoreCase);
        if (!tls && !scheme.Equals("redis", StringComparison.OrdinalIgnoreCase))
            return Fail(out problem, "the URL's scheme is not redis or rediss.");

        // Not with System.Uri, which rejects characters of passwords and quotes them in its messages.
        var rest = text[(scheme.Length + 3)..];
        if (rest.Split(',').Skip(1).Any(part => Options.ContainsKey(part.Split('=')[0].Trim())))
        {
            return Fail(
                out problem,
                "a URL takes no options: "
                + "give either a URL, or a list that begins with host:6379 and goes on with options.");
        }

        var at = rest.LastIndexOf('@');
        var userInfo = at >= 0 ? rest[..at] : "";
        rest = rest[(at + 1)..];

        if (rest.AsSpan().IndexOfAny('?', '#') >= 0)
        {
            return Fail(
                out problem,
                "a query or fragment in the URL has no meaning here; "
                + "in a user name or password write ? as %3F and # as %23.");
        }

        var slash = rest.IndexOf('/');
        var database = slash >= 0 ? rest[(slash + 1)..] : "";
        if (!TryParseEndPoint(slash >= 0 ? rest[..slash] : rest, out var server, out var why))
            return Fail(out problem, $"the URL's address is not host:port ({why}).");

        var options = new ConfigurationOptions { Ssl = tls, EndPoints = { server } };
        if (database.Length > 0)
        {
            if (!int.TryParse(database, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return Fail(out problem, "the URL's path is not a database number.");
            options.DefaultDatabase = number;
        }

        if (userInfo.Length > 0)
        {
            var separator = userInfo.IndexOf(':');
            var user = Uri.UnescapeDataString(separator >= 0 ? userInfo[..separator] : "");
            options.User = user.Length > 0 ? user : null;
            options.Password = Uri.UnescapeDataString(userInfo[(separator + 1)..]);
        }

        problem = "";
        return options;
    }

    private static ConfigurationOptions? Fail(out string problem, string message)
    {
        problem = message;
        return null;
    }
}
