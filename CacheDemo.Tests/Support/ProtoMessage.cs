using Google.Protobuf;

namespace CacheDemo.Tests.Support;

/// <summary>A protobuf message; its fields are read by their numbers.</summary>
internal sealed class ProtoMessage
{
    private readonly ILookup<int, (ulong Number, ByteString Bytes)> _fields;

    public ProtoMessage(ByteString bytes) =>
        _fields = Read(bytes).ToLookup(field => field.Number, field => (field.Value, field.Bytes));

    /// <summary>Whether the field was sent at all.</summary>
    public bool Has(int field) => _fields.Contains(field);

    /// <summary>A varint or a fixed number; 0 when not sent.</summary>
    public ulong Number(int field) => _fields[field].LastOrDefault().Number;

    public double Double(int field) => BitConverter.UInt64BitsToDouble(Number(field));

    public ByteString Bytes(int field) => _fields[field].LastOrDefault().Bytes ?? ByteString.Empty;

    public string Text(int field) => Bytes(field).ToStringUtf8();

    /// <summary>Bytes as OpenTelemetry writes its ids; null when not sent.</summary>
    public string? Hex(int field) =>
        Bytes(field) is { IsEmpty: false } bytes ? Convert.ToHexStringLower(bytes.Span) : null;

    /// <summary>A timestamp, in nanoseconds since 1970.</summary>
    public DateTimeOffset Moment(int field) =>
        DateTimeOffset.UnixEpoch.AddTicks((long)(Number(field) / TimeSpan.NanosecondsPerTick));

    public ProtoMessage Message(int field) => new(Bytes(field));

    public IEnumerable<ProtoMessage> Messages(int field) =>
        _fields[field].Select(value => new ProtoMessage(value.Bytes));

    /// <summary>Numbers of eight bytes each, packed or not.</summary>
    public IEnumerable<ulong> Fixed64s(int field) =>
        _fields[field].SelectMany(value => value.Bytes is null ? [value.Number] : Unpack(value.Bytes));

    private static IEnumerable<ulong> Unpack(ByteString packed)
    {
        var input = packed.CreateCodedInput();
        while (!input.IsAtEnd)
            yield return input.ReadFixed64();
    }

    private static IEnumerable<(int Number, ulong Value, ByteString Bytes)> Read(ByteString bytes)
    {
        var input = bytes.CreateCodedInput();
        while (input.ReadTag() is var tag and not 0)
        {
            var number = WireFormat.GetTagFieldNumber(tag);
            yield return WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.Varint => (number, input.ReadUInt64(), null!),
                WireFormat.WireType.Fixed64 => (number, input.ReadFixed64(), null!),
                WireFormat.WireType.Fixed32 => (number, input.ReadFixed32(), null!),
                WireFormat.WireType.LengthDelimited => (number, 0, input.ReadBytes()),
                var other => throw new InvalidDataException($"OTLP has no field of wire type {other}."),
            };
        }
    }
}
