using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.AppHost;

/// <summary>The model of the AppHost by <c>Products:Mode</c>; nothing is started.</summary>
public class ProductsModeTests
{
    [Fact]
    public async Task In_container_mode_the_API_refers_to_a_PostgreSQL_and_waits_for_it()
    {
        Tools.Require("PODMAN", "podman"); // the mode is for machines where one answers
        var system = await DistributedApplicationTestingBuilder.CreateAsync<Projects.CacheDemo_AppHost>(
            ["--Redis:Mode=embedded", "--Products:Mode=container", "--ASPIRE_CONTAINER_RUNTIME=podman"],
            TestContext.Current.CancellationToken);

        var server = Assert.Single(system.Resources.OfType<PostgresServerResource>());
        var products = Assert.Single(system.Resources.OfType<PostgresDatabaseResource>());
        Assert.Equal(("products", server), (products.Name, products.Parent));
        var api = system.Resources.Single(resource => resource.Name == "api");
        Assert.Contains(api.Annotations.OfType<WaitAnnotation>(), wait => wait.Resource == products);
        Assert.Contains(
            api.Annotations.OfType<ResourceRelationshipAnnotation>(),
            relation => (relation.Resource, relation.Type) == (products, "Reference"));
    }
}
