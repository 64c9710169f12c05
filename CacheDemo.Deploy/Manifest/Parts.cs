namespace CacheDemo.Deploy.Manifest;

/// <summary>
/// A piece of an evaluated text. What a reference becomes is the target's to say: in a compose file a service's name or
/// a variable, in AWS a parameter or a secret.
/// </summary>
public abstract record Part;

/// <summary>Text that is known already.</summary>
public sealed record Literal(string Text) : Part;

/// <summary>Something that only the target knows.</summary>
/// <param name="UriEncoded">Whether it stands in a URI, percent-encoded.</param>
public abstract record Reference(bool UriEncoded) : Part;

/// <summary>An input of a parameter: given when it is deployed.</summary>
public sealed record InputReference(ParameterResource Parameter, string Input, bool UriEncoded = false)
    : Reference(UriEncoded)
{
    /// <summary>What the manifest says of it.</summary>
    public Input Definition => Parameter.Inputs[Input];
}

/// <summary>Where a resource listens, or a part of that.</summary>
public sealed record BindingReference(
    Workload Resource,
    string Binding,
    BindingProperty Property,
    bool UriEncoded = false
) : Reference(UriEncoded)
{
    /// <summary>What the manifest says of it.</summary>
    public Binding Definition => Resource.Bindings[Binding];
}

/// <summary>What an expression may ask of a binding: the last word of <c>{api.bindings.http.url}</c>.</summary>
public enum BindingProperty
{
    Url,
    Host,
    Port,
    TargetPort,
    Scheme,
    TlsEnabled,
}
