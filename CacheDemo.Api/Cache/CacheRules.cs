using System.ComponentModel.DataAnnotations;
using System.Text;
using Microsoft.Extensions.Options;

namespace CacheDemo.Api.Cache;

/// <summary>What a key may be: 1 to <see cref="CacheOptions.MaxKeyBytes"/> bytes of UTF-8, no control characters.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class CacheKeyAttribute : ValidationAttribute
{
    /// <summary>What is said of one that is no text, or comes twice.</summary>
    public const string NotText = "The key must be one string of valid Unicode.";

    /// <summary>What is wrong with the key, or null.</summary>
    public static string? Problem(string? key, CacheOptions options)
    {
        if (TextConverter.IsFault(key))
            return NotText;
        if (string.IsNullOrEmpty(key))
            return "The key is missing or empty.";
        if (Encoding.UTF8.GetByteCount(key) is var bytes && bytes > options.MaxKeyBytes)
            return $"The key is {bytes} bytes of UTF-8; at most {options.MaxKeyBytes} are allowed.";
        foreach (var c in key)
        {
            if (char.IsControl(c))
                return $"The key has a control character (U+{(int)c:X4}).";
        }

        return null;
    }

    protected override ValidationResult? IsValid(object? value, ValidationContext context) =>
        Problem((string?)value, context.GetRequiredService<IOptions<CacheOptions>>().Value) is { } problem
            ? new ValidationResult(problem, [context.MemberName!])
            : ValidationResult.Success;

    // An absent key is the one message above, not two.
    public override bool RequiresValidationContext => true;
}

/// <summary>What a value may be: text. How large, the route says: that is another status.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class CacheValueAttribute() : ValidationAttribute(NotText)
{
    /// <summary>What is said of one that is no text, or comes twice.</summary>
    public const string NotText = "The value must be one string of valid Unicode.";

    public override bool IsValid(object? value) => !TextConverter.IsFault(value);
}

/// <summary>What a ttl may be: 1 to <see cref="CacheOptions.MaxTtl"/> seconds, or absent.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class TimeToLiveAttribute : ValidationAttribute
{
    /// <summary>What is said of one that is no whole number, or comes twice.</summary>
    public static string NotWhole(CacheOptions options) =>
        $"The ttl must be one whole number of seconds from 1 to {options.MaxTtl}.";

    public override bool RequiresValidationContext => true;

    protected override ValidationResult? IsValid(object? value, ValidationContext context)
    {
        var options = context.GetRequiredService<IOptions<CacheOptions>>().Value;
        var problem = value switch
        {
            SecondsConverter.Fault => NotWhole(options),
            int ttl when ttl < 1 || ttl > options.MaxTtl =>
                $"The ttl is {ttl}; it must be from 1 to {options.MaxTtl} seconds.",
            _ => null,
        };
        return problem is null ? ValidationResult.Success : new ValidationResult(problem, [context.MemberName!]);
    }
}
