using System.Buffers;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using CacheDemo.Api.Cache;

namespace CacheDemo.Bench.Micro;

/// <summary>The bodies of a get and a set: generated serializers, against reflection.</summary>
[MemoryDiagnoser]
public class JsonBenchmarks
{
    private static readonly JsonSerializerOptions Reflection = new(JsonSerializerDefaults.Web);

    private readonly ArrayBufferWriter<byte> _buffer = new(128 * 1024);
    private GetResponse _answer = null!;
    private byte[] _request = null!;

    /// <summary>The length of the value.</summary>
    [Params(5, 1024, 100 * 1024)]
    public int Length { get; set; }

    /// <summary>An answer and a request with a value of that length.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _answer = new GetResponse("test", new string('v', Length));
        _request = JsonSerializer.SerializeToUtf8Bytes(
            new SetRequest("test", _answer.Value, 60),
            CacheJson.Default.SetRequest);
    }

    /// <summary>An answer, generated.</summary>
    [Benchmark(Baseline = true)]
    public int WriteGenerated() =>
        Write(writer => JsonSerializer.Serialize(writer, _answer, CacheJson.Default.GetResponse));

    /// <summary>An answer, by reflection.</summary>
    [Benchmark]
    public int WriteByReflection() => Write(writer => JsonSerializer.Serialize(writer, _answer, Reflection));

    /// <summary>A request, generated.</summary>
    [Benchmark]
    public object? ReadGenerated() => JsonSerializer.Deserialize(_request, CacheJson.Default.SetRequest);

    /// <summary>A request, by reflection.</summary>
    [Benchmark]
    public object? ReadByReflection() => JsonSerializer.Deserialize<SetRequest>(_request, Reflection);

    private int Write(Action<Utf8JsonWriter> write)
    {
        _buffer.ResetWrittenCount();
        using var writer = new Utf8JsonWriter(_buffer);
        write(writer);
        writer.Flush();
        return _buffer.WrittenCount;
    }
}
