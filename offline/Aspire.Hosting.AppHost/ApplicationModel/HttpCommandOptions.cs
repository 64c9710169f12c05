namespace Aspire.Hosting.ApplicationModel;

/// <summary>How a command looks in the dashboard; the stand-in has none to show it.</summary>
public class CommandOptions
{
    /// <summary>What the command does.</summary>
    public string? Description { get; set; }

    /// <summary>What is asked before it is done.</summary>
    public string? ConfirmationMessage { get; set; }

    /// <summary>The icon's name.</summary>
    public string? IconName { get; set; }
}

/// <inheritdoc />
public class HttpCommandOptions : CommandOptions;
