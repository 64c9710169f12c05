using System.Text.Json;
using System.Text.Json.Nodes;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Deploy;

/// <summary>
/// What <c>aws</c> writes: it has the services of the manifest, and every combination of parameters is a valid stack.
/// </summary>
public sealed class AwsTests : IDisposable
{
    internal static readonly string Larger = Path.Combine(
        CommandLine.Root,
        "CacheDemo.Tests",
        "Deploy",
        "Manifests",
        "larger.json");

    internal static readonly string Committed = Path.Combine(CommandLine.Root, "deploy", "aws", "cachedemo.yaml");

    /// <summary>A secret with the connection string of products.</summary>
    internal const string ProductsSecret = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:products";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cachedemo-aws-");

    /// <summary>The parameters that CloudFormation takes, in every combination.</summary>
    public static IEnumerable<TheoryDataRow<string>> Variants =>
        from cache in new[] { "nodes token", "nodes iam", "serverless iam" }
        from engine in new[] { "valkey", "redis" }
        from shards in new[] { "1", "3" }
        from replicas in new[] { "0", "2" }
        from rest in new[]
        {
            "",
            " CertificateArn=arn:aws:acm:eu-central-1:123456789012:certificate/a "
                + "OtlpEndpoint=http://collector.internal:4317 ImageRegistry=ghcr.io/someone "
                + $"ProductsSecretArn={ProductsSecret}",
        }
        select new TheoryDataRow<string>(
            $"CacheType={cache.Split(' ')[0]} CacheAuth={cache.Split(' ')[1]} CacheEngine={engine} "
                + $"CacheShards={shards} CacheReplicas={replicas}"
                + $" CacheClusterMode={(shards == "1" ? "disabled" : "enabled")}"
                + $" CacheMultiAz={(replicas == "0" ? "false" : "true")}{rest}"
        );

    public void Dispose() => _folder.Delete(recursive: true);

    internal static CloudFormationStack Stack(string parameters = "", string? path = null) =>
        CloudFormationStack.Of(
            path ?? Committed,
            $"VpcId=vpc-1 PublicSubnets=subnet-1,subnet-2 PrivateSubnets=subnet-3,subnet-4 {parameters}"
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(parameter => parameter.Split('=', 2))
                .Select(pair => (pair[0], pair[1])));

    [Fact]
    public async Task The_committed_template_is_what_the_manifest_becomes()
    {
        (await DeployCommand.RunAsync("aws", "--output", _folder.FullName)).Succeeded();
        Assert.Equal(
            await File.ReadAllBytesAsync(Committed, TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(
                Path.Combine(_folder.FullName, "cachedemo.yaml"),
                TestContext.Current.CancellationToken));
    }

    // A larger template has to be uploaded to S3 first, which would be two commands.
    [Fact]
    public void The_template_can_be_deployed_from_a_file() => Assert.InRange(new FileInfo(Committed).Length, 1, 51_200);

    [Theory]
    [MemberData(nameof(Variants))]
    public void Every_combination_of_parameters_is_a_whole_stack(string parameters)
    {
        var stack = Stack(parameters); // throws if a reference does not resolve
        Assert.Empty(stack.Complaints);
        Assert.Single(stack.Outputs, output => output.Key.EndsWith("CacheEndpoint", StringComparison.Ordinal));
        Assert.Equal(
            parameters.Contains("Certificate")
                ? "https://{FrontendLoadBalancer.DNSName}"
                : "http://{FrontendLoadBalancer.DNSName}",
            stack.Outputs["FrontendUrl"]);
        Assert.Single(
            stack.Resources.Values,
            resource => resource.Type is "AWS::ElastiCache::ReplicationGroup" or "AWS::ElastiCache::ServerlessCache");

        if (stack.All("AWS::ElastiCache::ReplicationGroup").Values.SingleOrDefault() is { } cache)
        {
            // What ElastiCache demands of one another: shards of failover, zones of failover, failover of replicas.
            var (shards, replicas) = ($"{cache["NumNodeGroups"]}", $"{cache["ReplicasPerNodeGroup"]}");
            Assert.Equal(shards != "1" || replicas != "0" ? "true" : "false", $"{cache["AutomaticFailoverEnabled"]}");
            Assert.Equal(replicas != "0" ? "true" : "false", $"{cache["MultiAZEnabled"]}");
            var options = stack.Resources["ElastiCacheParameters"].Definition["Properties"]!;
            Assert.Equal("Ex", $"{options["Properties"]!["notify-keyspace-events"]}");
            Assert.Equal(shards != "1" ? "yes" : "", $"{options["Properties"]!["cluster-enabled"]}");
            Assert.Equal(($"{cache["Engine"]}", $"{cache["EngineVersion"]}", $"{options["CacheParameterGroupFamily"]}"),
                parameters.Contains("valkey") ? ("valkey", "8.2", "valkey8") : ("redis", "7.1", "redis7"));
        }
    }

    [Theory]
    [InlineData(
        "CacheType=serverless",
        "CacheType=serverless needs CacheAuth=iam, as ElastiCache Serverless has no AUTH token")]
    [InlineData("CacheReplicas=0", "CacheMultiAz=true needs CacheReplicas=1 or more")]
    [InlineData("CacheShards=2", "More than one of CacheShards needs CacheClusterMode=enabled")]
    [InlineData("CacheEngine=memcached", "CacheEngine is not allowed")]
    [InlineData("CacheReplicas=6", "CacheReplicas is not allowed")]
    [InlineData("CacheNodeType=t4g.micro", "CacheNodeType must be a node type, as cache.t4g.micro")]
    [InlineData("LabEnabled=yes", "LabEnabled is not allowed")]
    [InlineData(
        "ProductsSecretArn=Host=rds;Password=hunter2",
        "ProductsSecretArn must be the ARN of a secret in Secrets Manager, or empty")]
    [InlineData("AllowedCidr=203.0.113.7", "AllowedCidr must be an IPv4 network, as 203.0.113.7/32")]
    [InlineData(
        "CertificateArn=demo.example",
        "CertificateArn must be the ARN of a certificate in AWS Certificate Manager, or empty")]
    [InlineData(
        "ImageRegistry=https://ghcr.io",
        "ImageRegistry must be a registry without scheme, as ghcr.io/someone, or empty")]
    [InlineData(
        "OtlpEndpoint=http://collector",
        "OtlpEndpoint must be an address with a port, as http://collector.internal:4317, or empty"
    )]
    public void Invalid_parameters_are_refused_before_anything_is_created(string parameters, string complaint) =>
        Assert.Equal([complaint], Stack(parameters).Complaints);

    [Theory]
    [InlineData("", "")]
    [InlineData(
        "CacheAuth=iam",
        "ElastiCache__Iam__User ElastiCache__Iam__Cache ElastiCache__Iam__Region ElastiCache__Iam__Serverless")]
    public void A_service_has_the_manifests_environment_and_what_AWS_adds(string parameters, string iam)
    {
        using var manifest = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(CommandLine.Root, "aspire-manifest.json")));
        foreach (var service in new[] { "api", "frontend" })
        {
            var expected = manifest
                .RootElement.GetProperty("resources")
                .GetProperty(service)
                .GetProperty("env")
                .EnumerateObject()
                .ToArray();
            var actual = EnvironmentOf(
                Container(Stack($"{parameters} OtlpEndpoint=http://collector.internal:4317"), service)
            );

            Assert.Equal(
                [
                    .. expected.Select(variable => variable.Name).Except(["ConnectionStrings__products"]), // a secret
                    .. service == "api" ? iam.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [],
                    "OTEL_SERVICE_NAME",
                    "OTEL_TRACES_SAMPLER",
                    "OTEL_TRACES_SAMPLER_ARG",
                    "OTEL_EXPORTER_OTLP_ENDPOINT",
                ],
                actual.Select(variable => variable.Key));
            Assert.All(
                expected.Where(variable => !$"{variable.Value}".Contains('{')),
                variable => Assert.Equal($"{variable.Value}", actual[variable.Name]));
            Assert.Equal("8080", actual["HTTP_PORTS"]);
            Assert.Equal(
                (service, "http://collector.internal:4317"),
                (actual["OTEL_SERVICE_NAME"], actual["OTEL_EXPORTER_OTLP_ENDPOINT"]));

            // Production samples one trace in twenty.
            Assert.Equal(
                ("parentbased_traceidratio", "0.05"),
                (actual["OTEL_TRACES_SAMPLER"], actual["OTEL_TRACES_SAMPLER_ARG"]));
        }
    }

    [Fact]
    public void The_page_finds_the_API_by_the_name_that_Service_Connect_gives_it()
    {
        var stack = Stack();
        var address = new Uri(EnvironmentOf(Container(stack, "frontend"))["services__api__http__0"]);
        var services = stack.All("AWS::ECS::Service");

        var served = services["ApiService"]["ServiceConnectConfiguration"]!["Services"]!.AsArray().Single()!;
        var alias = served["ClientAliases"]!.AsArray().Single()!;
        Assert.Equal((address.Host, $"{address.Port}"), ($"{alias["DnsName"]}", $"{alias["Port"]}"));
        var port = Container(stack, "api")["PortMappings"]!.AsArray().Single()!;
        Assert.Equal(
            ($"{served["PortName"]}", "8080", ""),
            ($"{port["Name"]}", $"{port["ContainerPort"]}", $"{port["AppProtocol"]}"));
        Assert.Equal(
            "{Namespace.Arn}",
            $"{services["FrontendService"]["ServiceConnectConfiguration"]!["Namespace"]}");
        Assert.Null(services["FrontendService"]["ServiceConnectConfiguration"]!["Services"]);

        // A task finds what was there before it.
        Assert.Equal("ApiService", $"{stack.Resources["FrontendService"].Definition["DependsOn"]!.AsArray().Single()}");
    }

    [Fact]
    public async Task Another_project_in_the_manifest_is_another_service()
    {
        (await DeployCommand.RunAsync("aws", "--manifest", Larger, "--output", _folder.FullName)).Succeeded();
        var stack = Stack(
            "MailKeySecretArn=arn:aws:secretsmanager:eu-central-1:123456789012:secret:mail",
            Path.Combine(_folder.FullName, "cachedemo.yaml"));

        Assert.Empty(stack.Complaints);
        Assert.Equal(["ApiService", "FrontendService", "ReportService"], stack.All("AWS::ECS::Service").Keys);
        Assert.Single(stack.All("AWS::ElasticLoadBalancingV2::LoadBalancer"));

        var report = Container(stack, "report");
        Assert.Equal("123456789012.dkr.ecr.eu-central-1.amazonaws.com/cachedemo-report:latest", $"{report["Image"]}");
        Assert.Equal(
            ["--every=5", "--as=Good day & welcome"],
            report["Command"]!.AsArray().Select(argument => $"{argument}"));
        Assert.Null(report["PortMappings"]);
        var environment = EnvironmentOf(report);
        Assert.Equal(("api:9000", "Good day & welcome: ${5}"), (environment["API"], environment["Subject"]));
        Assert.Equal(
            "rediss://{ElastiCache.PrimaryEndPoint.Address}:{ElastiCache.PrimaryEndPoint.Port}",
            environment["ConnectionStrings__redis"]);
        Assert.Equal(
            [
                ("MAIL_KEY", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:mail"),
                ("Redis__Password", "{ElastiCacheToken}"),
            ],
            report["Secrets"]!.AsArray().Select(secret => ($"{secret!["Name"]}", $"{secret["ValueFrom"]}")));
        Assert.Contains(
            stack.All("AWS::EC2::SecurityGroupIngress").Values,
            rule =>
                ($"{rule["GroupId"]}", $"{rule["SourceSecurityGroupId"]}", $"{rule["FromPort"]}")
                == ("{ApiSecurityGroup.GroupId}", "{ReportSecurityGroup.GroupId}", "9000"));
    }

    [Theory]
    [InlineData(
        "redis",
        """{"type": "container.v0", "image": "redis"}""",
        "redis: aws deploys projects, and ElastiCache where a connection string is given at deployment; not "
            + "a container.v0."
    )]
    [InlineData(
        "other",
        """{"type": "parameter.v0", "connectionString": "{other.value}", "value": "{other.inputs.value}","""
            + """ "inputs": {"value": {"type": "string"}}}""",
        "redis, other: each is a connection string that is given at deployment; ElastiCache can be one of them.",
        "OTHER={other.connectionString}")]
    [InlineData(
        "api",
        """{"type": "project.v0", "path": "Api.csproj"}""",
        "No project refers to a connection string that is given at deployment: there is nothing for ElastiCache to be."
    )]
    [InlineData(
        "key",
        """{"type": "parameter.v0", "value": "{key.inputs.value}", "inputs": {"value": {"type": "string","""
            + """ "secret": true}}}""",
        "api: key={key.value} has the secret key inside a longer text, which ECS cannot put together.",
        "KEY=key={key.value}")]
    [InlineData(
        "word",
        """{"type": "parameter.v0", "value": "{word.inputs.value}", "inputs": {"value": {"type": "string"}}}""",
        "api: {word.value:uri} has word percent-encoded, which CloudFormation cannot do.",
        "WORD={word.value:uri}")]
    [InlineData(
        "image-tag",
        """{"type": "parameter.v0", "value": "{image-tag.inputs.value}", "inputs": {"value": {"type": "string"}}}""",
        "Names of the manifest clash in CloudFormation: Duplicate key ImageTag",
        "TAG={image-tag.value}")]
    [InlineData(
        "queue",
        """{"type": "project.v0", "path": "Queue.csproj", "bindings": {"amqp": {"scheme": "amqp","""
            + """ "protocol": "tcp", "transport": "tcp", "targetPort": 5672, "external": true}}}""",
        "queue: a binding for tcp is external; the load balancer is for http.")]
    public async Task A_resource_that_cannot_be_deployed_is_one_line_and_nothing_is_written(
        string name,
        string resource,
        string said,
        string? variable = null)
    {
        var manifest = JsonNode.Parse(
            await File.ReadAllTextAsync(
                Path.Combine(CommandLine.Root, "aspire-manifest.json"),
                TestContext.Current.CancellationToken))!;
        manifest["resources"]![name] = JsonNode.Parse(resource);
        if (variable is not null)
            manifest["resources"]!["api"]!["env"]![variable.Split('=')[0]] = variable.Split('=', 2)[1];
        else if (name != "queue")
            manifest["resources"]!["frontend"]!["env"] = new JsonObject();
        if (name == "redis")
            manifest["resources"]!["api"]!["env"] = new JsonObject();

        var path = Path.Combine(_folder.FullName, "manifest.json");
        await File.WriteAllTextAsync(path, manifest.ToJsonString(), TestContext.Current.CancellationToken);
        var output = Path.Combine(_folder.FullName, "out");

        var (exitCode, printed) = await DeployCommand.RunAsync("aws", "--manifest", path, "--output", output);
        Assert.Equal((1, $"{said}\n"), (exitCode, printed.ReplaceLineEndings("\n")));
        Assert.False(Directory.Exists(output));
    }

    internal static JsonNode Container(CloudFormationStack stack, string name) =>
        stack
            .All("AWS::ECS::TaskDefinition")
            .Values.Select(task => task["ContainerDefinitions"]!.AsArray().Single()!)
            .Single(container => $"{container["Name"]}" == name);

    internal static OrderedDictionary<string, string> EnvironmentOf(JsonNode container) =>
        new(
            container["Environment"]!
                .AsArray()
                .Select(variable => KeyValuePair.Create($"{variable!["Name"]}", $"{variable["Value"]}")));
}
