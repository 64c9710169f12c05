using System.Text.RegularExpressions;
using Scriban;
using Scriban.Parsing;
using Scriban.Runtime;
using Scriban.Syntax;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;
using YamlDotNet.Serialization;

namespace CacheDemo.Deploy;

/// <summary>Renders the <c>.sbn</c> files: Scriban templates that look like the files written from them.</summary>
internal static partial class TemplateFile
{
    private static readonly ISerializer Serializer = new SerializerBuilder().WithNewLine("\n").Build();

    /// <summary>Renders a template.</summary>
    /// <param name="name">The name of the template, without its extension.</param>
    /// <param name="model">Its public properties are the template's variables, in snake_case.</param>
    public static string Render(string name, object model)
    {
        using var file = new StreamReader(typeof(TemplateFile).Assembly.GetManifestResourceStream(name)!);
        var template = Template.Parse(file.ReadToEnd().ReplaceLineEndings("\n"), name);

        var variables = new ScriptObject();
        variables.Import(model);
        variables.Import("yaml", new Func<string, string>(Scalar));
        var context = new TemplateContext
        {
            StrictVariables = true,
            TryGetMember = (TemplateContext _, SourceSpan span, object target, string member, out object? value) =>
                throw new ScriptRuntimeException(span, $"{target.GetType().Name} has no {member}."),
        };
        context.PushGlobal(variables);
        try
        {
            return template.Render(context);
        }
        catch (ScriptRuntimeException e) when (e.GetBaseException() is DeployException problem)
        {
            throw problem;
        }
    }

    /// <summary>A text as a YAML scalar in one line, which no reader takes for a number or a boolean.</summary>
    public static string Scalar(string text) =>
        Plain().IsMatch(text) ? text : Scalar(text, ScalarStyle.DoubleQuoted);

    /// <summary>A text as a YAML scalar in quotes: single ones, where these can contain it in one line.</summary>
    public static string Quoted(string text) =>
        Scalar(text, text.Any(char.IsControl) ? ScalarStyle.DoubleQuoted : ScalarStyle.SingleQuoted);

    // An empty scalar comes with "--- " before it.
    private static string Scalar(string text, ScalarStyle quotes) =>
        Serializer.Serialize(new YamlScalarNode(text) { Style = quotes }).TrimStart('-', ' ').TrimEnd();

    // Only what is a text in YAML 1.1 and 1.2.
    [GeneratedRegex("^(?!(?i:true|false|null|yes|no|on|off|y|n)$)[A-Za-z/][A-Za-z0-9/._-]*$")]
    private static partial Regex Plain();
}
