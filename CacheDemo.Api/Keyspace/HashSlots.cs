using System.Globalization;
using System.Text;

namespace CacheDemo.Api.Keyspace;

/// <summary>
/// Hash slots and hash tags (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/).
/// </summary>
internal static class HashSlots
{
    private const int Count = 16_384;

    private static readonly Lazy<int[]> Tags = new(FindTags);

    /// <summary>
    /// The part of a key that is hashed, between its first opening brace and the next closing one; null where it is the
    /// whole key.
    /// </summary>
    public static string? TagOf(string key)
    {
        var open = key.IndexOf('{');
        var close = open < 0 ? -1 : key.IndexOf('}', open);
        return close > open + 1 ? key[(open + 1)..close] : null;
    }

    /// <summary>A hash tag that leads to the slot of the key.</summary>
    public static string TagFor(string key) =>
        TagOf(key)
        ?? (key.Contains('}') ? Tags.Value[Slot(key)].ToString(CultureInfo.InvariantCulture) : key);

    // CRC16-CCITT (XMODEM).
    private static int Slot(string tag)
    {
        var crc = 0;
        foreach (var b in Encoding.UTF8.GetBytes(tag))
        {
            crc ^= b << 8;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 0x8000) == 0 ? crc << 1 : (crc << 1) ^ 0x1021;
        }

        return (crc & 0xFFFF) % Count;
    }

    // For each slot, the first number that hashes to it.
    private static int[] FindTags()
    {
        var tags = new int[Count];
        Array.Fill(tags, -1);
        for (int number = 0, left = Count; left > 0; number++)
        {
            ref var tag = ref tags[Slot(number.ToString(CultureInfo.InvariantCulture))];
            if (tag < 0)
                (tag, left) = (number, left - 1);
        }

        return tags;
    }
}
