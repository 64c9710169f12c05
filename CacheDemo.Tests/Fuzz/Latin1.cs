using System.Globalization;
using System.Text;

namespace CacheDemo.Tests.Fuzz;

/// <summary>Bytes as text, a character each, which generators can concatenate and people can read.</summary>
internal static class Latin1
{
    /// <summary>The bytes.</summary>
    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>The UTF-8 of a text, a character for each byte.</summary>
    public static string OfUtf8(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>
    /// What can be printed as it is, and pasted into a test; of long text the beginning and the length.
    /// </summary>
    public static string Readable(string text)
    {
        const int Shown = 1500;
        var readable = new StringBuilder("\"");
        foreach (var c in text.Take(Shown))
        {
            readable.Append(c switch
            {
                '\r' => "\\r",
                '\n' => "\\n",
                '"' or '\\' => $"\\{c}",
                >= ' ' and <= '~' => c,
                _ => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
            });
        }

        return text.Length > Shown ? $"{readable}\" … of {text.Length}" : $"{readable}\"";
    }
}
