using System.Text.Json;
using System.Text.Json.Serialization;

namespace CacheDemo.Api.Cache;

/// <summary>
/// Reads a string. Anything else becomes a text that validation refuses: an exception would end the parsing at the
/// first bad member, and the client would learn of the others one by one.
/// </summary>
internal sealed class TextConverter : JsonConverter<string>
{
    private static readonly string Unreadable = new('?', 1);

    /// <summary>Whether the text stands for a member that is not a string of valid Unicode.</summary>
    public static bool IsFault(object? text) => ReferenceEquals(text, Unreadable);

    /// <inheritdoc />
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType is not JsonTokenType.String)
        {
            reader.SkipValue();
            return Unreadable;
        }

        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return Unreadable; // half a surrogate pair, or bytes that are not UTF-8
        }
    }

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value);
}

/// <summary>Reads whole seconds, likewise.</summary>
internal sealed class SecondsConverter : JsonConverter<int?>
{
    /// <summary>Stands for a member that is not a whole number; validation refuses it.</summary>
    public const int Fault = int.MinValue;

    /// <inheritdoc />
    public override int? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType is JsonTokenType.Number)
            return reader.TryGetInt32(out var seconds) ? seconds : Fault;
        reader.SkipValue();
        return Fault;
    }

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, int? value, JsonSerializerOptions options)
    {
        if (value is { } seconds)
            writer.WriteNumberValue(seconds);
        else
            writer.WriteNullValue();
    }
}

/// <summary>What the converters share.</summary>
internal static class JsonReaderExtensions
{
    /// <summary>
    /// Skips an array or object. The serializer has read all of it, also of a body that arrives in parts.
    /// </summary>
    public static void SkipValue(ref this Utf8JsonReader reader)
    {
        if (!reader.TrySkip())
            throw new JsonException();
    }
}
