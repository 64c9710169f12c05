using System.Net;
using System.Text.Json;
using CacheDemo.Tests.Products;
using CacheDemo.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace CacheDemo.Tests.Deploy;

/// <summary>The committed compose file with two containers of the API and a PostgreSQL.</summary>
[Collection<DeployCollection>]
public class ComposeDatabaseTests(DeployedWithDatabase deployment, Chromium chromium)
    : BrowserTests(chromium, amongContainers: true), IClassFixture<DeployedWithDatabase>
{
    private HttpClient Page => deployment.Page;

    [Fact]
    public async Task A_stampede_over_both_containers_reads_the_database_once()
    {
        await BothAreThereAsync();
        var stampede = await StampedeAsync(101);

        Assert.Equal(1, stampede["total"].GetInt32());
        Assert.Equal([0, 1], stampede["loads"].EnumerateObject().Select(loads => loads.Value.GetInt32()).Order());
        var readers = stampede["readers"].EnumerateArray().ToList();
        Assert.Equal(
            [20, 20], readers.CountBy(reader => $"{reader.GetProperty("instance")}").Select(share => share.Value));
        Assert.Single(readers, reader => reader.Source() == "database");
        Assert.Equal(0, Failed(stampede));
    }

    [Fact]
    public async Task A_change_replaces_the_copies_of_both_containers_of_Redis_and_of_the_database()
    {
        await BothAreThereAsync();
        await Eventually.TrueAsync(
            async () =>
            {
                await StampedeAsync(102);
                return (await Page.GetAnswerAsync("/api/products/102/copies"))["instances"].EnumerateArray()
                    .Count(instance => instance.GetProperty("copy").ValueKind != JsonValueKind.Null) == 2;
            },
            "both have a copy");

        var changed = await Page.PutAsync("/api/products/102", new { price = 12.34 });
        Assert.True(changed.Status == HttpStatusCode.OK, changed.Body);

        var copies = await Page.GetAnswerAsync("/api/products/102/copies");
        Assert.Equal(2, copies["instances"].GetArrayLength());
        // An instance may have dropped its copy and not have the new one yet.
        var served = copies["instances"].EnumerateArray().Select(instance => instance.GetProperty("copy"))
            .Where(copy => copy.ValueKind != JsonValueKind.Null);
        Assert.All(served.Append(copies["redis"]), copy => Assert.Equal(12.34m, copy.Price()));
        Assert.Equal(12.34m, copies["database"].GetProperty("price").GetDecimal());
    }

    [Fact]
    public async Task The_guide_shows_the_stampede_and_the_change_in_a_browser()
    {
        await BothAreThereAsync();
        var page = await Browser.OpenAsync(new(Page.BaseAddress!, "database.html"));
        await page.HasProductsAsync();
        Assert.Matches(@"of 100 readers asked .* across 2 instances it was 1\.", await page.TakeStepAsync("Stampede"));
        Assert.Matches(@"[\d.]+ m?s later nobody", await page.TakeStepAsync("Change"));
        await Expect(page.Locator(".holder")).ToHaveCountAsync(4);
        await Expect(page.Locator(".holder[data-old]")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task The_password_of_the_database_is_in_no_log()
    {
        await BothAreThereAsync();
        foreach (var number in new[] { 1, 2 })
        {
            var log = await Finished.RunAsync(
                "podman", ["logs", deployment.Container("api", number)], deployment.Machine.Environment, "/");
            Assert.Contains("Redis is connected", log.Output);
            Assert.DoesNotContain(PostgresServer.Password, log.Output);
        }
    }

    // On a busy machine the first readers of a container can be too late for an answer.
    private async Task BothAreThereAsync()
    {
        await Eventually.TrueAsync(
            async () => await Page.GetAnswerAsync("/api/products/1/copies") is { Status: HttpStatusCode.OK } copies
                && copies["instances"].GetArrayLength() == 2 && copies["away"].GetArrayLength() == 0,
            "both containers answer, and the database");
        await Eventually.TrueAsync(
            async () => Failed(await StampedeAsync(100)) == 0, "every reader of a stampede is answered");
    }

    private async Task<Http.Answer> StampedeAsync(int id)
    {
        var stampede = await Page.PostAsync(
            "/api/lab/stampede", new { id, readers = 40, protection = "distributed" });
        Assert.True(stampede.Status == HttpStatusCode.OK, stampede.Body);
        return stampede;
    }

    private static int Failed(Http.Answer stampede) =>
        stampede["readers"].EnumerateArray().Count(reader => reader.Source() == "failed");
}
