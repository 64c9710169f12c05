using System.Net.Sockets;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CacheDemo;

/// <summary>Starts a service, or prints one line with the reason why it cannot start.</summary>
internal static class Start
{
    /// <summary>Keeps the host from logging the stack trace of what <see cref="Describe"/> puts into a line.</summary>
    /// <exception cref="FormatException">
    /// A log level is invalid; the framework's message does not name it.
    /// </exception>
    public static void AddQuietStart(this IHostApplicationBuilder builder)
    {
        var progress = new Progress();
        builder.Services.AddSingleton(progress);
        builder.Logging.AddFilter(
            "Microsoft.Extensions.Hosting.Internal.Host",
            level => level > LogLevel.Error || (progress.Started && level >= LogLevel.Warning));

        foreach (var (key, level) in builder.Configuration.GetSection("Logging").AsEnumerable())
        {
            if (
                level is { Length: > 0 }
                && key.Contains("LogLevel:", StringComparison.OrdinalIgnoreCase)
                && !Enum.TryParse<LogLevel>(level, ignoreCase: true, out _))
                throw new FormatException(
                    $"{key}={level} is not one of {string.Join(", ", Enum.GetNames<LogLevel>())}.");
        }
    }

    /// <summary>Validates all options, starts, and waits until the service is stopped.</summary>
    /// <param name="host">The service.</param>
    /// <param name="verify">Further validation before the start, which may take a while.</param>
    public static async Task RunToEndAsync(this IHost host, Func<Task>? verify = null)
    {
        await using var disposed = (IAsyncDisposable)host;
        host.Services.GetService<IStartupValidator>()?.Validate();
        if (verify is not null)
            await verify();
        try
        {
            await host.StartAsync();
        }
        catch (Exception e) when (e is IOException or SocketException || IsOfKestrel(e))
        {
            await host.StopAsync(); // otherwise what has started uses services that are disposed
            var urls = host.Services.GetRequiredService<IConfiguration>()["urls"];
            throw new StartException($"Cannot listen on {urls ?? "the address"}: {Reasons(e)}", e);
        }

        host.Services.GetRequiredService<Progress>().Started = true;
        await host.WaitForShutdownAsync();
    }

    /// <summary>
    /// One line for each fault of the configuration or of the listen addresses; null for a fault of the program, which
    /// needs its stack trace.
    /// </summary>
    public static string? Describe(Exception problem) => problem switch
    {
        OptionsValidationException invalid => string.Join(Environment.NewLine, invalid.Failures.Select(Line)),
        AggregateException several when several.InnerExceptions.All(inner => inner is OptionsValidationException) =>
            string.Join(Environment.NewLine, several.InnerExceptions.Select(Describe)),
        StartException => Line(problem.Message),
        InvalidOperationException when IsOfDependencyInjection(problem) => null,
        FormatException or InvalidOperationException or InvalidDataException or IOException => Line(Reasons(problem)),
        _ => null,
    };

    // An address, or a certificate for it, that Kestrel does not accept.
    private static bool IsOfKestrel(Exception problem) =>
        problem is FormatException or ArgumentException or InvalidOperationException
        && problem.Source?.StartsWith("Microsoft.AspNetCore.", StringComparison.Ordinal) is true;

    private static bool IsOfDependencyInjection(Exception problem) =>
        problem.Source?.StartsWith("Microsoft.Extensions.DependencyInjection", StringComparison.Ordinal) is true;

    private static string Reasons(Exception problem) =>
        problem.GetBaseException() is var root
        && problem.Message.Contains(root.Message, StringComparison.OrdinalIgnoreCase)
            ? problem.Message
            : $"{problem.Message} {root.Message}";

    private static string Line(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));

    private sealed class Progress
    {
        public volatile bool Started;
    }
}

/// <summary>The service cannot start as configured; the message is one line with the reason.</summary>
internal sealed class StartException(string message, Exception inner) : Exception(message, inner);
