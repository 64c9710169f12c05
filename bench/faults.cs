// Redis is killed under steady load and comes back, again and again: what clients see of it (docs/breaking.md).
//
//   dotnet run bench/faults.cs -- [rounds, 10] [seconds that Redis is away, 10]
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;

const int Clients = 32;
var pace = TimeSpan.FromMilliseconds(64); // of each client: 500 requests a second
var (rounds, away) = (Number(0, 10), TimeSpan.FromSeconds(Number(1, 10)));
TimeSpan before = TimeSpan.FromSeconds(2),
    after = TimeSpan.FromSeconds(3),
    second = TimeSpan.FromSeconds(1),
    soon = TimeSpan.FromSeconds(2);

var root = Path.GetFullPath("..", Path.GetDirectoryName(SourcePath())!);
foreach (var project in new[] { "CacheDemo.Api", "CacheDemo.Frontend" })
{
    if (
        await RunAsync("dotnet", "build", Path.Combine(root, project), "-c", "Release", "-nologo", "-clp:ErrorsOnly")
        is var failed
            and not 0)
        return failed;
}

// Every write is on disk before it is answered: what was answered must be there after a kill.
var folder = Directory.CreateTempSubdirectory("cachedemo-faults-");
var (redisPort, apiPort, pagePort) = (FreePort(), FreePort(), FreePort());
string[] redisArguments =
[
    "--port",
    $"{redisPort}",
    "--bind",
    "127.0.0.1",
    "--dir",
    folder.FullName,
    "--save",
    "",
    "--appendonly",
    "yes",
    "--appendfsync",
    "always",
];

Process? redis = null, api = null, page = null;
var answers = new ConcurrentQueue<Answer>();
var written = new ConcurrentBag<string>();
using var over = new CancellationTokenSource();
try
{
    redis = Start("redis-server", redisArguments);
    api = Service(
        "CacheDemo.Api",
        apiPort,
        ("ConnectionStrings__redis", $"127.0.0.1:{redisPort}"),
        ("Logging__LogLevel__Default", "None"));
    page = Service(
        "CacheDemo.Frontend",
        pagePort,
        ("ReverseProxy__Clusters__api__Destinations__api__Address", $"http://127.0.0.1:{apiPort}"),
        ("RateLimit__Enabled", "false"),
        ("Logging__LogLevel__Default", "None"));
    using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{pagePort}") };
    await UntilAsync(async () => (await SetAsync(client, "warm-up")).Status == 200, TimeSpan.FromSeconds(30));

    Console.WriteLine(
        $"{Clients} clients, 500 requests a second through the page's host; Redis is away for {away.TotalSeconds} s, {rounds} times"
    );
    Console.WriteLine("| round | requests | answers | slowest | serving again after |");
    Console.WriteLine("|---|---|---|---|---|");
    var load = Enumerable.Range(0, Clients).Select(number => AskAsync(client, number, over.Token)).ToArray();
    var (all, slowestRecovery) = (new List<Answer>(), TimeSpan.Zero);
    for (var round = 1; round <= rounds; round++)
    {
        answers.Clear();
        await Task.Delay(before);
        redis.Kill();
        redis.WaitForExit();
        await Task.Delay(away);
        redis = Start("redis-server", redisArguments);
        await UntilAsync(PingAsync, TimeSpan.FromSeconds(30));
        var back = Stopwatch.StartNew();
        await UntilAsync(async () => (await SetAsync(client, "again")).Status == 200, TimeSpan.FromSeconds(30));
        var recovery = back.Elapsed;
        await Task.Delay(after);

        Answer[] taken = [.. answers];
        all.AddRange(taken);
        slowestRecovery = recovery > slowestRecovery ? recovery : slowestRecovery;
        Print($"{round}", taken, recovery);
    }

    await over.CancelAsync();
    await Task.WhenAll(load);
    Print("all", all, slowestRecovery);

    var lost = 0;
    await Parallel.ForEachAsync(
        written.Distinct(),
        new ParallelOptions { MaxDegreeOfParallelism = Clients },
        async (key, _) =>
        {
            if ((await TimedAsync(() => client.GetAsync($"/api/get/{key}", CancellationToken.None))).Status != 200)
                Interlocked.Increment(ref lost);
        });
    Console.WriteLine();
    Console.WriteLine($"{written.Count} sets were answered 200; {lost} of them are not in Redis.");
    var restarted = api.HasExited || page.HasExited;
    if (restarted)
        Console.WriteLine("A service ended.");

    var met =
        lost == 0
        && !restarted
        && slowestRecovery < soon
        && all.All(answer => answer.Took < second && answer.Status is 200 or 404 or 503);
    Console.WriteLine(
        met
            ? "Met: no request over 1 s, no answer but 200, 404 and 503, serving again within 2 s, nothing lost."
            : "NOT met.");
    return met ? 0 : 1;
}
finally
{
    foreach (var process in new[] { page, api, redis })
        process?.Kill();
    folder.Delete(recursive: true);
}

int Number(int index, int otherwise) =>
    args.Length > index ? int.Parse(args[index], CultureInfo.InvariantCulture) : otherwise;

// A set with a key of its own and a get of it, in turn, at a steady pace whatever is answered.
async Task AskAsync(HttpClient client, int number, CancellationToken stop)
{
    using var timer = new PeriodicTimer(pace);
    try
    {
        for (var i = 0; await timer.WaitForNextTickAsync(stop); i++)
        {
            var key = $"fault-{number}-{i / 2}";
            var answer =
                i % 2 == 0
                    ? await SetAsync(client, key)
                    : await TimedAsync(() => client.GetAsync($"/api/get/{key}", CancellationToken.None));
            answers.Enqueue(answer);
            if (i % 2 == 0 && answer.Status == 200)
                written.Add(key);
        }
    }
    catch (OperationCanceledException)
    {
        // It is over.
    }
}

static Task<Answer> SetAsync(HttpClient client, string key) =>
    TimedAsync(() =>
        client.PostAsync(
            "/api/set",
            new StringContent($$"""{"key":"{{key}}","value":"x","ttl":3600}""", Encoding.UTF8, "application/json")));

static async Task<Answer> TimedAsync(Func<Task<HttpResponseMessage>> ask)
{
    var started = Stopwatch.GetTimestamp();
    try
    {
        using var response = await ask();
        return new((int)response.StatusCode, Stopwatch.GetElapsedTime(started));
    }
    catch (HttpRequestException)
    {
        return new(0, Stopwatch.GetElapsedTime(started));
    }
}

static void Print(string round, IReadOnlyCollection<Answer> taken, TimeSpan recovery) =>
    Console.WriteLine(
        string.Create(
            CultureInfo.InvariantCulture,
            $"| {round} | {taken.Count} | {string.Join(", ", taken.CountBy(answer => answer.Status).OrderBy(pair => pair.Key).Select(pair => $"{pair.Value} x {pair.Key}"))} "
                + $"| {taken.Max(answer => answer.Took).TotalMilliseconds:0} ms | {recovery.TotalSeconds:0.00} s |"));

async Task<bool> PingAsync()
{
    try
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, redisPort);
        await socket.GetStream().WriteAsync("PING\r\n"u8.ToArray());
        return await new StreamReader(socket.GetStream()).ReadLineAsync() == "+PONG"; // and not -LOADING
    }
    catch (SocketException)
    {
        return false;
    }
}

static async Task UntilAsync(Func<Task<bool>> condition, TimeSpan patience)
{
    var started = Stopwatch.StartNew();
    while (!await condition())
    {
        if (started.Elapsed > patience)
            throw new TimeoutException("It does not come up.");
        await Task.Delay(10);
    }
}

Process Service(string project, int port, params (string Name, string Value)[] settings)
{
    var start = new ProcessStartInfo(
        "dotnet",
        [Path.Combine(root, project, "bin", "Release", "net10.0", $"{project}.dll")])
    {
        WorkingDirectory = Path.Combine(root, project),
        Environment = { ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}" },
    };
    foreach (var (name, value) in settings)
        start.Environment[name] = value;
    return Process.Start(start)!;
}

static Process Start(string program, string[] arguments)
{
    try
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        process.BeginOutputReadLine();
        return process;
    }
    catch (System.ComponentModel.Win32Exception)
    {
        Console.Error.WriteLine($"{program} is not installed.");
        Environment.Exit(1);
        throw;
    }
}

static async Task<int> RunAsync(string program, params string[] arguments)
{
    using var process = Process.Start(program, arguments);
    await process.WaitForExitAsync();
    return process.ExitCode;
}

static int FreePort()
{
    using var listener = new TcpListener(IPAddress.Loopback, 0);
    listener.Start();
    return ((IPEndPoint)listener.LocalEndpoint).Port;
}

static string SourcePath([CallerFilePath] string path = "") => path;

internal readonly record struct Answer(int Status, TimeSpan Took);
