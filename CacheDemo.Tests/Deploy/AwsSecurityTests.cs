using System.Text.Json.Nodes;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Deploy;

/// <summary>Network access and permissions in AWS, whatever the parameters are.</summary>
public class AwsSecurityTests
{
    private const string World = "world", Nowhere = "nowhere";

    [Theory]
    [MemberData(nameof(AwsTests.Variants), MemberType = typeof(AwsTests))]
    public void Only_the_load_balancer_is_public_and_the_page_the_API_and_the_cache_accept_only_their_client(
        string parameters)
    {
        var stack = AwsTests.Stack($"{parameters} AllowedCidr=203.0.113.0/24");
        var https = parameters.Contains("Certificate");

        string[] inside =
        [
            "ApiSecurityGroup -> ElastiCacheSecurityGroup "
                + (parameters.Contains("serverless") ? "6379-6380" : "6379"),
            "FrontendLoadBalancerSecurityGroup -> FrontendSecurityGroup 8080",
            "FrontendSecurityGroup -> ApiSecurityGroup 8080",
        ];
        string[] fromOutside =
        [
            "203.0.113.0/24 -> FrontendLoadBalancerSecurityGroup 80",
            .. https ? ["203.0.113.0/24 -> FrontendLoadBalancerSecurityGroup 443"] : Array.Empty<string>(),
        ];
        string[] toOutside =
        [
            .. parameters.Contains("ProductsSecretArn")
                ? ["ApiSecurityGroup -> world 5432"]
                : Array.Empty<string>(),
            .. new[] { "Api", "Frontend" }.SelectMany(service =>
                https
                    ? [$"{service}SecurityGroup -> world 4317", $"{service}SecurityGroup -> world 443"]
                    : new[] { $"{service}SecurityGroup -> world 443" }),
        ];

        Assert.Equal(
            inside.Concat(fromOutside).Order(StringComparer.Ordinal),
            Ways(stack, ingress: true).Order(StringComparer.Ordinal));
        Assert.Equal(
            inside.Concat(toOutside).Append("ElastiCacheSecurityGroup -> nowhere -1").Order(StringComparer.Ordinal),
            Ways(stack, ingress: false).Order(StringComparer.Ordinal));

        // Each resource is in its own security group, and in no other.
        Assert.Equal(
            ["{ApiSecurityGroup.GroupId}"],
            GroupsOf(
                stack,
                "AWS::ECS::Service",
                "ApiService",
                "NetworkConfiguration",
                "AwsvpcConfiguration",
                "SecurityGroups"));
        Assert.Equal(
            ["{FrontendSecurityGroup.GroupId}"],
            GroupsOf(
                stack,
                "AWS::ECS::Service",
                "FrontendService",
                "NetworkConfiguration",
                "AwsvpcConfiguration",
                "SecurityGroups"));
        Assert.Equal(
            ["{FrontendLoadBalancerSecurityGroup.GroupId}"],
            GroupsOf(stack, "AWS::ElasticLoadBalancingV2::LoadBalancer", "FrontendLoadBalancer", "SecurityGroups"));
        Assert.Equal(
            ["{ElastiCacheSecurityGroup.GroupId}"],
            parameters.Contains("serverless")
                ? GroupsOf(stack, "AWS::ElastiCache::ServerlessCache", "ElastiCacheServerless", "SecurityGroupIds")
                : GroupsOf(stack, "AWS::ElastiCache::ReplicationGroup", "ElastiCache", "SecurityGroupIds"));
    }

    [Fact]
    public void Nothing_has_a_public_address_but_the_load_balancer()
    {
        var stack = AwsTests.Stack();
        var balancer = Assert.Single(stack.All("AWS::ElasticLoadBalancingV2::LoadBalancer")).Value;
        Assert.Equal("internet-facing", $"{balancer["Scheme"]}");
        Assert.Equal(["subnet-1", "subnet-2"], balancer["Subnets"]!.AsArray().Select(subnet => $"{subnet}"));

        foreach (
            var service in stack
                .All("AWS::ECS::Service")
                .Values.Select(service => service["NetworkConfiguration"]!["AwsvpcConfiguration"]!))
        {
            Assert.Equal("DISABLED", $"{service["AssignPublicIp"]}");
            Assert.Equal(["subnet-3", "subnet-4"], service["Subnets"]!.AsArray().Select(subnet => $"{subnet}"));
        }

        var target = Assert.Single(
            stack.All("AWS::ECS::Service"),
            service => service.Value["LoadBalancers"] is not null);
        Assert.Equal("FrontendService", target.Key);
    }

    [Theory]
    [MemberData(nameof(AwsTests.Variants), MemberType = typeof(AwsTests))]
    public void The_cache_accepts_only_TLS_and_the_API_uses_it(string parameters)
    {
        var stack = AwsTests.Stack(parameters);
        foreach (var cache in stack.All("AWS::ElastiCache::ReplicationGroup").Values)
        {
            Assert.Equal(
                ("true", "true", ""),
                (
                    $"{cache["TransitEncryptionEnabled"]}",
                    $"{cache["AtRestEncryptionEnabled"]}",
                    $"{cache["TransitEncryptionMode"]}"));
            Assert.True(cache["AuthToken"] is not null ^ cache["UserGroupIds"] is not null, "it asks for one proof");
        }

        Assert.All(
            stack.All("AWS::ElastiCache::ServerlessCache").Values,
            cache => Assert.Equal("{ElastiCacheUsers}", $"{cache["UserGroupId"]}"));
        Assert.StartsWith(
            "rediss://",
            AwsTests.EnvironmentOf(AwsTests.Container(stack, "api"))["ConnectionStrings__redis"]);
    }

    [Fact]
    public void With_a_certificate_the_page_is_served_over_https_only()
    {
        var listeners = AwsTests
            .Stack("CertificateArn=arn:aws:acm:eu-central-1:123456789012:certificate/a")
            .All("AWS::ElasticLoadBalancingV2::Listener");
        Assert.Equal("redirect", $"{listeners["FrontendHttp"]["DefaultActions"]!.AsArray().Single()!["Type"]}");
        Assert.Equal(
            ("HTTPS", "443", "forward"),
            (
                $"{listeners["FrontendHttps"]["Protocol"]}",
                $"{listeners["FrontendHttps"]["Port"]}",
                $"{listeners["FrontendHttps"]["DefaultActions"]!.AsArray().Single()!["Type"]}"));
        Assert.StartsWith("ELBSecurityPolicy-TLS13-1-2", $"{listeners["FrontendHttps"]["SslPolicy"]}");
    }

    [Fact]
    public void Containers_run_without_root_or_capabilities_on_a_read_only_file_system()
    {
        var containers = AwsTests
            .Stack()
            .All("AWS::ECS::TaskDefinition")
            .Values.SelectMany(task => task["ContainerDefinitions"]!.AsArray())
            .ToArray();
        Assert.Equal(2, containers.Length);
        foreach (var container in containers)
        {
            Assert.Equal(
                ("1654", "true", ""),
                ($"{container!["User"]}", $"{container["ReadonlyRootFilesystem"]}", $"{container["Privileged"]}"));
            var capabilities = container["LinuxParameters"]!["Capabilities"]!;
            Assert.Equal(["ALL"], capabilities["Drop"]!.AsArray().Select(capability => $"{capability}"));
            Assert.Null(capabilities["Add"]);
            Assert.Equal(
                ["/tmp"],
                container["LinuxParameters"]!["Tmpfs"]!.AsArray().Select(folder => $"{folder!["ContainerPath"]}"));
            Assert.Null(container["MountPoints"]);
        }
    }

    [Theory]
    [MemberData(nameof(AwsTests.Variants), MemberType = typeof(AwsTests))]
    public void The_token_is_generated_and_secrets_are_passed_by_reference_only(string parameters)
    {
        var stack = AwsTests.Stack(parameters);
        var token = parameters.Contains("token");
        Assert.Equal(token ? ["ElastiCacheToken"] : [], stack.All("AWS::SecretsManager::Secret").Keys);
        Assert.All(
            stack.All("AWS::SecretsManager::Secret").Values,
            secret =>
            {
                Assert.Null(secret["SecretString"]);
                // What ElastiCache accepts: 16 to 128 characters, few of them other than letters and digits.
                Assert.Equal(
                    ("64", "true"),
                    (
                        $"{secret["GenerateSecretString"]!["PasswordLength"]}",
                        $"{secret["GenerateSecretString"]!["ExcludePunctuation"]}"));
            });

        Assert.Equal(
            token ? "{{resolve:secretsmanager:{ElastiCacheToken}:SecretString}}" : "",
            $"{stack.All("AWS::ElastiCache::ReplicationGroup").Values.SingleOrDefault()?["AuthToken"]}");
        Assert.Equal(
            [
                .. parameters.Contains("ProductsSecretArn")
                    ? [("ConnectionStrings__products", AwsTests.ProductsSecret)]
                    : Array.Empty<(string, string)>(),
                .. token ? [("Redis__Password", "{ElastiCacheToken}")] : Array.Empty<(string, string)>(),
            ],
            AwsTests.Container(stack, "api")["Secrets"]!
                .AsArray()
                .Select(secret => ($"{secret!["Name"]}", $"{secret["ValueFrom"]}")));
        Assert.Null(AwsTests.Container(stack, "frontend")["Secrets"]);

        // What is readable with access to the task or the stack.
        var open = stack
            .All("AWS::ECS::TaskDefinition")
            .Values.SelectMany(task => task["ContainerDefinitions"]!.AsArray())
            .SelectMany(container => AwsTests.EnvironmentOf(container!).Values)
            .Concat(stack.Outputs.Values);
        Assert.All(open, value => Assert.DoesNotContain("ElastiCacheToken", value));
    }

    [Theory]
    [MemberData(nameof(AwsTests.Variants), MemberType = typeof(AwsTests))]
    public void Roles_have_the_permissions_they_need_and_no_others(string parameters)
    {
        var stack = AwsTests.Stack(parameters);
        var ecr = parameters.Contains("ghcr.io")
            ? Array.Empty<string>()
            :
            [
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetAuthorizationToken",
                "ecr:GetDownloadUrlForLayer",
            ];
        string[] start = [.. ecr, "logs:CreateLogStream", "logs:PutLogEvents"];
        string[] secrets =
        [
            .. parameters.Contains("token") ? ["{ElastiCacheToken}"] : Array.Empty<string>(),
            .. parameters.Contains("ProductsSecretArn") ? [AwsTests.ProductsSecret] : Array.Empty<string>(),
        ];
        Assert.Equal(start, Actions("FrontendExecutionRole"));
        Assert.Equal(
            [.. start, .. secrets.Length > 0 ? ["secretsmanager:GetSecretValue"] : Array.Empty<string>()],
            Actions("ApiExecutionRole"));
        Assert.Equal(parameters.Contains("iam") ? ["elasticache:Connect"] : [], Actions("ApiRole"));
        Assert.Equal(
            [
                "ApiExecutionRole",
                .. parameters.Contains("iam") ? ["ApiRole"] : Array.Empty<string>(),
                "FrontendExecutionRole",
            ],
            stack.All("AWS::IAM::Role").Keys.Order(StringComparer.Ordinal));

        foreach (var (action, resource) in stack.All("AWS::IAM::Role").Keys.SelectMany(Statements))
        {
            Assert.DoesNotContain('*', action);
            // That action has no resources.
            Assert.True(
                !resource.Contains('*') || (action, resource) == ("ecr:GetAuthorizationToken", "*"),
                $"{action} {resource}");
        }

        foreach (
            var (role, name) in new[]
            {
                ("ApiExecutionRole", "api"),
                ("FrontendExecutionRole", "frontend"),
            })
        {
            var image = $"{AwsTests.Container(stack, name)["Image"]}".Split('/', 2)[1].Split(':')[0];
            Assert.All(
                Statements(role),
                statement =>
                    Assert.Equal(
                        statement.Action.Split(':')[0] switch
                        {
                            "logs" => $"{{{Names(name)}Logs.Arn}}",
                            "secretsmanager" => Assert.Single(secrets, secret => secret == statement.Resource),
                            _ => statement.Action == "ecr:GetAuthorizationToken"
                                ? "*"
                                : $"arn:aws:ecr:eu-central-1:123456789012:repository/{image}",
                        },
                        statement.Resource));
        }

        if (parameters.Contains("iam"))
        {
            Assert.Equal(
                [
                    "{ElastiCacheUser.Arn}",
                    parameters.Contains("serverless")
                        ? "{ElastiCacheServerless.ARN}"
                        : "arn:aws:elasticache:eu-central-1:123456789012:replicationgroup:{ElastiCache}",
                ],
                Statements("ApiRole").Select(statement => statement.Resource));
        }

        var tasks = stack.All("AWS::ECS::TaskDefinition");
        Assert.Equal(parameters.Contains("iam") ? "{ApiRole.Arn}" : "", $"{tasks["ApiTask"]["TaskRoleArn"]}");
        Assert.Null(tasks["FrontendTask"]["TaskRoleArn"]);

        string[] Actions(string role) =>
            [.. Statements(role).Select(statement => statement.Action).Distinct().Order(StringComparer.Ordinal)];

        static string Names(string service) => $"{char.ToUpperInvariant(service[0])}{service[1..]}";

        IEnumerable<(string Action, string Resource)> Statements(string role) =>
            from properties in stack
                .All("AWS::IAM::Role")
                .Where(entry => entry.Key == role)
                .Select(entry => entry.Value)
            from policy in properties["Policies"]!.AsArray()
            from statement in policy!["PolicyDocument"]!["Statement"]!.AsArray()
            from action in OneOrMore(statement!["Action"]!)
            from resource in OneOrMore(statement["Resource"]!)
            select (action, resource);
    }

    [Theory]
    [InlineData("valkey", "ElastiCacheUser")]
    [InlineData("redis", "ElastiCacheDefaultUser ElastiCacheUser")]
    public void An_IAM_user_may_do_what_the_API_needs_and_the_default_user_nothing(string engine, string users)
    {
        var stack = AwsTests.Stack($"CacheAuth=iam CacheEngine={engine}");
        var found = stack.All("AWS::ElastiCache::User");
        Assert.Equal(users.Split(' '), found.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(
            found.Keys.Select(id => $"{{{id}}}").Order(),
            stack.All("AWS::ElastiCache::UserGroup").Values.Single()["UserIds"]!
                .AsArray()
                .Select(id => $"{id}")
                .Order());

        var user = found["ElastiCacheUser"];
        Assert.Equal(
            ("cachedemo-51af3dc0", "cachedemo-51af3dc0", "iam"),
            ($"{user["UserId"]}", $"{user["UserName"]}", $"{user["AuthenticationMode"]!["Type"]}"));
        Assert.Contains(
            $"    {user["AccessString"]}\n",
            File.ReadAllText(Path.Combine(CommandLine.Root, "docs", "elasticache.md")).ReplaceLineEndings("\n"));
        if (found.TryGetValue("ElastiCacheDefaultUser", out var other))
            Assert.Equal(("default", "off -@all"), ($"{other["UserName"]}", $"{other["AccessString"]}"));
    }

    private static IEnumerable<string> OneOrMore(JsonNode node) =>
        node is JsonArray list ? list.Select(item => $"{item}") : [$"{node}"];

    private static IEnumerable<string> GroupsOf(
        CloudFormationStack stack,
        string type,
        string id,
        params string[] path
    ) => path.Aggregate(stack.All(type)[id], (node, step) => node[step]!).AsArray().Select(group => $"{group}");

    // "from -> to port", of rules in a group and of those by themselves.
    private static IEnumerable<string> Ways(CloudFormationStack stack, bool ingress)
    {
        var (list, other) = ingress
            ? ("SecurityGroupIngress", "SourceSecurityGroupId")
            : ("SecurityGroupEgress", "DestinationSecurityGroupId");
        var rules =
            from pair in stack.All("AWS::EC2::SecurityGroup")
            from rule in pair.Value[list]?.AsArray()
                ?? (ingress ? [] : throw new InvalidOperationException($"{pair.Key} reaches everything."))
            select (Group: pair.Key, Rule: rule);
        var single =
            from rule in stack.All($"AWS::EC2::{list}").Values
            select (Group: Name($"{rule["GroupId"]}"), Rule: (JsonNode?)rule);

        foreach (var (group, rule) in rules.Concat(single))
        {
            var peer = rule!["CidrIp"] is { } network
                ? $"{network}" switch { "0.0.0.0/0" => World, "127.0.0.1/32" => Nowhere, var named => named }
                : Name($"{rule[other]}");
            var (from, to) = ($"{rule["FromPort"] ?? rule["IpProtocol"]}", $"{rule["ToPort"] ?? rule["IpProtocol"]}");
            var ports = from == to ? from : $"{from}-{to}";
            yield return $"{(ingress ? peer : group)} -> {(ingress ? group : peer)} {ports}";
        }

        static string Name(string reference) => reference.Trim('{', '}').Split('.')[0];
    }
}
