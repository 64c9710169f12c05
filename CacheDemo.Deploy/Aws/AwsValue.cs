using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy.Aws;

/// <summary>What a text of the manifest is in the template.</summary>
internal abstract record AwsValue;

/// <summary>A text, with parameters of the template in it perhaps.</summary>
internal sealed record TextValue(IReadOnlyList<Part> Parts) : AwsValue;

/// <summary>A secret, which ECS takes from Secrets Manager when it starts a task.</summary>
internal sealed record SecretValue(InputReference Input) : AwsValue;

/// <summary>Where the cache is.</summary>
internal sealed record CacheValue(ParameterResource Parameter) : AwsValue;
