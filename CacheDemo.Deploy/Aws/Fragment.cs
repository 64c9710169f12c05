using System.Text.RegularExpressions;

namespace CacheDemo.Deploy.Aws;

/// <summary>
/// A piece of the template, as it is written in <c>Template/</c>: YAML with gaps. <c>&lt;Id&gt;</c> is filled where it
/// stands; alone in a line it stands for as many lines as there are. What is between <c>#if cache</c> and <c>#end</c>
/// is there where that is so.
/// </summary>
internal static partial class Fragment
{
    /// <summary>Fills the gaps of a fragment.</summary>
    /// <param name="name">The file in <c>Template/</c>, without its extension.</param>
    /// <param name="gaps">What each gap is filled with.</param>
    /// <param name="facts">What is so.</param>
    public static string Fill(string name, IReadOnlyDictionary<string, string> gaps, params string[] facts)
    {
        var filled = new List<string>();
        var sections = new Stack<bool>();
        foreach (var line in Read(name).TrimEnd('\n').Split('\n'))
        {
            if (line.TrimStart() is ['#', 'i', 'f', ' ', .. var fact])
                sections.Push(facts.Contains(fact));
            else if (line.TrimStart() == "#end")
                sections.Pop();
            else if (sections.All(isSo => isSo))
                filled.AddRange(Fill(line, gaps));
        }

        return string.Join('\n', filled);
    }

    private static IEnumerable<string> Fill(string line, IReadOnlyDictionary<string, string> gaps)
    {
        var indent = line[..^line.TrimStart().Length];
        if (Gap().Match(line.Trim()) is not { Success: true } gap || gap.Value != line.Trim())
            return [Gap().Replace(line, match => gaps[match.Groups[1].Value])];

        return gaps[gap.Groups[1].Value] is { Length: > 0 } text
            ? text.Split('\n').Select(inner => inner.Length > 0 ? indent + inner : inner)
            : [];
    }

    private static string Read(string name)
    {
        using var stream = typeof(Fragment).Assembly.GetManifestResourceStream($"{name}.yaml")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    [GeneratedRegex("<([A-Za-z]+)>")]
    private static partial Regex Gap();
}
