namespace Aspire.Hosting.ApplicationModel;

/// <summary>A container. The stand-in knows it to say that it cannot start one.</summary>
public class ContainerResource(string name) : Resource(name),
    IResourceWithEnvironment, IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport;
