namespace CacheDemo.Deploy.Manifest;

/// <summary>
/// A part of an evaluated text. Each deployment replaces references differently: in a compose file by the name of a
/// service or a variable, in AWS by a parameter or a secret.
/// </summary>
public abstract record Part;

/// <summary>A constant part.</summary>
public sealed record Literal(string Text) : Part;

/// <summary>A part whose value depends on the deployment.</summary>
/// <param name="UriEncoded">Whether its value is percent-encoded, for a URI.</param>
public abstract record Reference(bool UriEncoded) : Part;

/// <summary>A reference to an input of a parameter, which is set at deployment.</summary>
public sealed record InputReference(ParameterResource Parameter, string Input, bool UriEncoded = false)
    : Reference(UriEncoded)
{
    public Input Definition => Parameter.Inputs[Input];
}

/// <summary>A reference to a property of a binding.</summary>
public sealed record BindingReference(
    Workload Resource,
    string Binding,
    BindingProperty Property,
    bool UriEncoded = false
) : Reference(UriEncoded)
{
    public Binding Definition => Resource.Bindings[Binding];
}

/// <summary>A property of a binding: <c>url</c> in <c>{api.bindings.http.url}</c>.</summary>
public enum BindingProperty
{
    Url,
    Host,
    Port,
    TargetPort,
    Scheme,
    TlsEnabled,
}
