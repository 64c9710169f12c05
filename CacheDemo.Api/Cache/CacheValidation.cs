using System.ComponentModel.DataAnnotations;
using CacheDemo.Api.Keyspace;
using Microsoft.Extensions.Options;

namespace CacheDemo.Api.Cache;

/// <summary>Validates a key, see <see cref="CacheOptions.KeyProblem"/>.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class CacheKeyAttribute : ValidationAttribute
{
    /// <summary>The problem of one that is not text, or is there twice.</summary>
    public const string NotText = "The key must be one string of valid Unicode.";

    /// <inheritdoc />
    public override bool RequiresValidationContext => true;

    /// <inheritdoc />
    protected override ValidationResult? IsValid(object? value, ValidationContext context)
    {
        var key = (string?)value;
        var problem = TextConverter.IsFault(key)
            ? NotText
            : context.GetRequiredService<IOptions<CacheOptions>>().Value.KeyProblem(key);
        return problem is null ? ValidationResult.Success : new ValidationResult(problem, [context.MemberName!]);
    }
}

/// <summary>Validates that a value is text. Its size is checked later, as that is another status.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class CacheValueAttribute() : ValidationAttribute(NotText)
{
    /// <summary>The problem of one that is not text, or is there twice.</summary>
    public const string NotText = "The value must be one string of valid Unicode.";

    /// <inheritdoc />
    public override bool IsValid(object? value) => !TextConverter.IsFault(value);
}

/// <summary>Validates a ttl: 1 to <see cref="CacheOptions.MaxTtl"/> seconds, or absent.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class TimeToLiveAttribute : ValidationAttribute
{
    /// <summary>The problem of one that is not a whole number, or is there twice.</summary>
    public static string NotWhole(CacheOptions options) =>
        $"The ttl must be one whole number of seconds from 1 to {options.MaxTtl}.";

    /// <inheritdoc />
    public override bool RequiresValidationContext => true;

    /// <inheritdoc />
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
