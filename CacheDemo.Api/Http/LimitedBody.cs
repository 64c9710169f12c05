using Microsoft.AspNetCore.Http.Features;

namespace CacheDemo.Api.Http;

/// <summary>
/// A chunked body with the limit of Kestrel. Kestrel itself would close the connection at the limit, and a proxy that
/// still sends the body would not read the answer. Here Kestrel reads on after the answer, for five seconds.
/// </summary>
internal sealed class LimitedBody(Stream body, long limit) : Stream
{
    private long _read;

    /// <summary>Replaces the body of a chunked request.</summary>
    public static void Limit(HttpContext context)
    {
        if (context.Request.Headers.TransferEncoding.Count == 0
            || context.Features.Get<IHttpMaxRequestBodySizeFeature>()
                is not { IsReadOnly: false, MaxRequestBodySize: { } limit } feature)
            return;
        context.Request.Body = new LimitedBody(context.Request.Body, limit);
        feature.MaxRequestBodySize = null;
    }

    /// <summary>How many bytes the body of a request may have; null where there is no limit.</summary>
    public static long? LimitOf(HttpContext context) => context.Request.Body is LimitedBody limited
        ? limited.Allowed
        : context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;

    /// <inheritdoc />
    public override bool CanRead => true;

    /// <inheritdoc />
    public override bool CanSeek => false;

    /// <inheritdoc />
    public override bool CanWrite => false;

    /// <inheritdoc />
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc />
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    private long Allowed => limit;

    /// <inheritdoc />
    /// <exception cref="BadHttpRequestException">The body is longer than the limit.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await body.ReadAsync(buffer, cancellationToken);
        return (_read += count) <= limit
            ? count
            : throw new BadHttpRequestException("The body is too large.", StatusCodes.Status413PayloadTooLarge);
    }

    /// <inheritdoc />
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc />
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc />
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc />
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc />
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc />
    public override void Flush()
    {
    }
}
