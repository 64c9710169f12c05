using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using CacheDemo.Bench.Processes;

namespace CacheDemo.Bench.Faults;

/// <summary>What the clients of a fault run saw.</summary>
/// <param name="Answers">Every answer.</param>
/// <param name="SlowestRecovery">The longest time from Redis being back to a set that was answered 200.</param>
/// <param name="Written">How many sets were answered 200.</param>
/// <param name="Lost">How many of them were not in Redis at the end.</param>
/// <param name="Ended">Whether the API or the frontend ended.</param>
internal sealed record FaultFigures(
    IReadOnlyList<Answer> Answers, TimeSpan SlowestRecovery, int Written, int Lost, bool Ended)
{
    /// <summary>The slowest answer.</summary>
    public TimeSpan Slowest => Answers.Max(answer => answer.Took);

    /// <summary>Answers other than 200, 404 and 503.</summary>
    public int Unexpected => Answers.Count(answer => answer.Status is not (200 or 404 or 503));
}

/// <summary>
/// Redis is killed under steady load and comes back, again and again: what clients see of it (docs/breaking.md).
/// </summary>
internal sealed class FaultRun(Run run)
{
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(2),
        After = TimeSpan.FromSeconds(3),
        Timeout = TimeSpan.FromSeconds(30);

    private readonly int _port = Ports.Free();

    /// <summary>Runs it, and prints a line for each round.</summary>
    public async Task<FaultFigures> RunAsync()
    {
        var (rounds, away) = (run.Options.FaultRounds, TimeSpan.FromSeconds(run.Options.FaultSeconds));
        var folder = Directory.CreateTempSubdirectory("cachedemo-faults-");
        var redis = StartRedis(folder);
        try
        {
            await using var servers = run.OwnServers();
            await redis.ReadyAsync(PingAsync, run.Stop);
            var api = await servers.ApiAsync($"127.0.0.1:{_port}");
            var frontend = await servers.FrontendAsync("frontend", api);
            using var client = new HttpClient { BaseAddress = frontend.Url("/") };
            var clients = new FaultClients(client);

            Console.WriteLine(
                $"{FaultClients.Count} clients, 500 requests a second through the frontend; "
                    + $"Redis is away for {away.TotalSeconds} s, {rounds} times");
            Console.WriteLine("| round | requests | answers | slowest | serving again after |");
            Console.WriteLine("|---|---|---|---|---|");
            using var over = CancellationTokenSource.CreateLinkedTokenSource(run.Stop);
            var load = clients.RunAsync(over.Token);
            var (all, slowestRecovery) = (new List<Answer>(), TimeSpan.Zero);
            for (var round = 1; round <= rounds; round++)
            {
                clients.Take();
                await Task.Delay(Before, run.Stop);
                redis.Kill();
                await Task.Delay(away, run.Stop);
                redis = StartRedis(folder);
                await redis.ReadyAsync(PingAsync, run.Stop);
                var recovery = await RecoverAsync(clients);
                await Task.Delay(After, run.Stop);

                var taken = clients.Take();
                all.AddRange(taken);
                slowestRecovery = recovery > slowestRecovery ? recovery : slowestRecovery;
                Print($"{round}", taken, recovery);
            }

            await over.CancelAsync();
            await load;
            Print("all", all, slowestRecovery);
            var ended = api.Process.HasExited || frontend.Process.HasExited;
            return new(all, slowestRecovery, clients.Written.Count, await LostAsync(clients), ended);
        }
        finally
        {
            redis.Kill();
            folder.Delete(recursive: true);
        }
    }

    // Every write is on disk before it is answered: what was answered must be there after a kill.
    private ChildProcess StartRedis(DirectoryInfo folder) => ChildProcess.Start(
        Tool.Redis,
        [
            "--port",
            $"{_port}",
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
        ]);

    private async Task<TimeSpan> RecoverAsync(FaultClients clients)
    {
        var back = Stopwatch.StartNew();
        while ((await clients.SetAsync("again")).Status != 200)
        {
            if (back.Elapsed > Timeout)
                throw new TimeoutException($"A set is not answered 200 {Timeout.TotalSeconds} s after Redis is back.");
            await Task.Delay(10, run.Stop);
        }

        return back.Elapsed;
    }

    private async Task<int> LostAsync(FaultClients clients)
    {
        var lost = 0;
        await Parallel.ForEachAsync(
            clients.Written.Distinct(),
            new ParallelOptions { MaxDegreeOfParallelism = FaultClients.Count, CancellationToken = run.Stop },
            async (key, _) =>
            {
                if ((await clients.GetAsync(key)).Status != 200)
                    Interlocked.Increment(ref lost);
            });
        return lost;
    }

    private async Task<bool> PingAsync()
    {
        try
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(IPAddress.Loopback, _port);
            await socket.GetStream().WriteAsync("PING\r\n"u8.ToArray());
            return await new StreamReader(socket.GetStream()).ReadLineAsync() == "+PONG"; // and not -LOADING
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static void Print(string round, IReadOnlyCollection<Answer> taken, TimeSpan recovery)
    {
        var statuses = taken
            .CountBy(answer => answer.Status)
            .OrderBy(pair => pair.Key)
            .Select(pair => $"{pair.Value} x {pair.Key}");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {round} | {taken.Count} | {string.Join(", ", statuses)} "
                + $"| {taken.Max(answer => answer.Took).TotalMilliseconds:0} ms | {recovery.TotalSeconds:0.00} s |"));
    }
}
