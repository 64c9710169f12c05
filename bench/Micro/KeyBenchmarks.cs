using BenchmarkDotNet.Attributes;
using CacheDemo.Api.Cache;
using CacheDemo.Api.Keyspace;
using Microsoft.Extensions.Options;

namespace CacheDemo.Bench.Micro;

/// <summary>From the path of a request to the key: decoding and validation.</summary>
[MemoryDiagnoser]
public class KeyBenchmarks
{
    private const string Plain = "/get/session:12345", Encoded = "/get/caf%C3%A9%2Fmenu%20of%20today";

    private DefaultHttpContext _plain = null!, _encoded = null!;

    /// <summary>Requests as the middleware leaves them, with the path encoded.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        var services = new ServiceCollection().AddSingleton(Options.Create(new CacheOptions())).BuildServiceProvider();
        _plain = new DefaultHttpContext { RequestServices = services, Request = { Path = new PathString(Plain) } };
        _encoded = new DefaultHttpContext { RequestServices = services, Request = { Path = new PathString(Encoded) } };
    }

    /// <summary>A key without a percent sign.</summary>
    [Benchmark(Baseline = true)]
    public object? PlainKey() => Bind(_plain);

    /// <summary>A key that is percent-encoded.</summary>
    [Benchmark]
    public object? EncodedKey() => Bind(_encoded);

    /// <summary>What the framework has for it, which takes <c>%ff</c> and <c>%25ff</c> for the same.</summary>
    [Benchmark]
    public string UnescapeDataString() => Uri.UnescapeDataString(Encoded);

    private static object? Bind(HttpContext context) => CacheKeyParameter.BindAsync(context, null!).Result;
}
