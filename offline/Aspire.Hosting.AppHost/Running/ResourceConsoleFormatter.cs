using System.Text.RegularExpressions;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Aspire.Hosting.Running;

/// <summary>Writes every line behind the name of the resource it comes from, each name in its own colour.</summary>
internal sealed partial class ResourceConsoleFormatter(DistributedApplicationModel model) : ConsoleFormatter(Name)
{
    /// <summary>What the logging configuration calls it.</summary>
    public new const string Name = "resources";

    private const string CategoryInfix = ".Resources.";

    private static readonly int[] Colours = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94];
    private static readonly bool HasColours =
        !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    private readonly int _width = model.Resources.Select(Replica.LongestName).Append("AppHost".Length).Max();

    /// <summary>The category of what a replica writes, as Aspire has it.</summary>
    public static string CategoryOf(IHostEnvironment environment, Replica replica) =>
        environment.ApplicationName + CategoryInfix + replica.DisplayName;

    public override void Write<TState>(
        in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var text = logEntry.Formatter(logEntry.State, logEntry.Exception);
        var infix = logEntry.Category.IndexOf(CategoryInfix, StringComparison.Ordinal);
        if (infix >= 0)
        {
            WriteLine(textWriter, logEntry.Category[(infix + CategoryInfix.Length)..], text);
            return;
        }

        var level = logEntry.LogLevel switch
        {
            LogLevel.Warning => "warning: ",
            LogLevel.Error => "error: ",
            LogLevel.Critical => "critical: ",
            _ => "",
        };
        foreach (var line in $"{level}{text}\n{logEntry.Exception}".TrimEnd().Split('\n'))
            WriteLine(textWriter, "AppHost", line);
    }

    private void WriteLine(TextWriter writer, string name, string line)
    {
        if (HasColours)
            writer.WriteLine($"\e[{ColourOf(name)}m{name.PadRight(_width)}\e[0m | {line}\e[0m");
        else
            writer.WriteLine($"{name.PadRight(_width)} | {EscapeSequences().Replace(line, "")}");
    }

    private int ColourOf(string name)
    {
        var index = model.Resources.TakeWhile(r => !name.StartsWith(r.Name, StringComparison.Ordinal)).Count();
        return index == model.Resources.Count ? 90 : Colours[index % Colours.Length];
    }

    [GeneratedRegex(@"\e\[[0-9;]*[A-Za-z]")]
    private static partial Regex EscapeSequences();
}
