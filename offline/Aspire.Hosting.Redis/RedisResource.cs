namespace Aspire.Hosting.ApplicationModel;

/// <summary>A Redis container. The stand-in knows it to say that it cannot start one.</summary>
public class RedisResource(string name) : ContainerResource(name), IResourceWithConnectionString
{
    /// <summary>Where Redis listens.</summary>
    public EndpointReference PrimaryEndpoint => new(this, "tcp");

    /// <inheritdoc />
    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"{PrimaryEndpoint.Property(EndpointProperty.HostAndPort)}");
}
