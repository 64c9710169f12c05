using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace CacheDemo.Deploy;

/// <summary>Writes YAML with comments, in the order of the calls: the same calls give the same bytes.</summary>
internal sealed partial class YamlText
{
    private readonly StringWriter _text = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
    private readonly Emitter _emitter;

    private YamlText() =>
        _emitter = new Emitter(
            _text,
            new EmitterSettings().WithIndentedSequences().WithBestWidth(int.MaxValue).WithNewLine("\n"));

    /// <summary>Writes a document whose root is a map.</summary>
    /// <param name="content">What is in it.</param>
    /// <param name="spaced">Whether there is an empty line before each member of the root.</param>
    public static string Document(Action<YamlText> content, bool spaced = true)
    {
        var yaml = new YamlText();
        yaml._emitter.Emit(new StreamStart());
        yaml._emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        yaml.Block(content);
        yaml._emitter.Emit(new DocumentEnd(isImplicit: true));
        yaml._emitter.Emit(new StreamEnd());
        return spaced ? BeforeSection().Replace($"{yaml._text}", "\n\n") : $"{yaml._text}";
    }

    /// <summary>Says something to the reader about what follows.</summary>
    public YamlText Comment(params string[] lines)
    {
        foreach (var line in lines)
            _emitter.Emit(new Comment(line, isInline: false));
        return this;
    }

    /// <summary>A member that is a map; others can have the same by the name of its anchor.</summary>
    public YamlText Map(string key, Action<YamlText> content, string? anchor = null)
    {
        Plain(key);
        return Block(content, anchor);
    }

    /// <summary>A member that is a list of texts.</summary>
    public YamlText List(string key, params IEnumerable<string> items)
    {
        Plain(key);
        _emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, SequenceStyle.Block));
        foreach (var item in items)
            Scalar(item);
        _emitter.Emit(new SequenceEnd());
        return this;
    }

    /// <summary>A member that is a list of maps.</summary>
    public YamlText Maps(string key, params IEnumerable<Action<YamlText>> items)
    {
        Plain(key);
        _emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, SequenceStyle.Block));
        foreach (var item in items)
            Block(item);
        _emitter.Emit(new SequenceEnd());
        return this;
    }

    /// <summary>A member that is a text, whatever else it looks like.</summary>
    public YamlText Text(string key, string value)
    {
        Plain(key);
        return Scalar(value);
    }

    /// <summary>A member that is a number or a boolean, as it stands.</summary>
    public YamlText Value(string key, string value)
    {
        Plain(key);
        return Plain(value);
    }

    /// <summary>Everything that stands at the anchor.</summary>
    public YamlText Merge(string anchor)
    {
        Plain("<<");
        _emitter.Emit(new AnchorAlias(anchor));
        return this;
    }

    private YamlText Block(Action<YamlText> content, string? anchor = null)
    {
        _emitter.Emit(
            new MappingStart(
                anchor is null ? AnchorName.Empty : new AnchorName(anchor),
                TagName.Empty,
                isImplicit: true,
                MappingStyle.Block));
        content(this);
        _emitter.Emit(new MappingEnd());
        return this;
    }

    private YamlText Plain(string text) => Emit(text, ScalarStyle.Any);

    private YamlText Scalar(string text) =>
        Emit(text, Harmless().IsMatch(text) ? ScalarStyle.Plain : ScalarStyle.DoubleQuoted);

    private YamlText Emit(string text, ScalarStyle style)
    {
        _emitter.Emit(
            new Scalar(AnchorName.Empty, TagName.Empty, text, style, isPlainImplicit: true, isQuotedImplicit: true));
        return this;
    }

    // The emitter knows no empty lines.
    [GeneratedRegex(@"\n(?=[^\s#])")]
    private static partial Regex BeforeSection();

    // Only what no reader of YAML 1.1 or 1.2 takes for anything but a text.
    [GeneratedRegex("^(?!(?i:true|false|null|yes|no|on|off|y|n)$)[A-Za-z/][A-Za-z0-9/._-]*$")]
    private static partial Regex Harmless();
}
