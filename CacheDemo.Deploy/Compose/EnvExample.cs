using System.Text;
using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy.Compose;

/// <summary>Writes <c>.env.example</c>: what has to be filled in, and what can be.</summary>
internal static class EnvExample
{
    /// <summary>The file for a manifest.</summary>
    public static string Write(ComposeTarget target)
    {
        var text = new StringBuilder(
            "# Copy this to .env, and fill in what is empty. A value with a $, a # or a space in it goes in single quotes.\n"
        );

        foreach (var input in target.Inputs)
        {
            var variable = ComposeVariables.Of(input.Parameter, input.Input);
            text.Append($"\n{string.Concat(Explain(input).Select(line => $"# {line}\n"))}");
            text.Append(input.Definition.Default?.Value is { } value ? $"# {variable}='{value}'\n" : $"{variable}=\n");
        }

        text.Append(
            "\n# The rest may stay as it is.\n\n# What containers and networks are called after.\nCOMPOSE_PROJECT_NAME=cachedemo\n"
        );
        foreach (var (workload, variable, port, _) in target.Published)
            text.Append($"\n# The port of {workload.Name} on this host.\n# {variable}={port}\n");
        text.Append($"""

            # The images: a registry and a slash, for those that `images --registry` pushed; their tag.
            # {ComposeVariables.Registry}=registry.example.com/cachedemo/
            # {ComposeVariables.Tag}=latest

            # true behind a load balancer that nobody can go around: clients' addresses are taken from X-Forwarded-For.
            # FORWARDED_HEADERS=false

            # Where traces and metrics go (OTLP over gRPC), and how many traces: {TracesInProduction.Ratio} is 5 %.
            # OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317
            # OTEL_TRACES_SAMPLER_ARG={TracesInProduction.Ratio}

            # The Aspire dashboard, at http://localhost:18888 of this host alone; `docker compose logs aspire-dashboard` has the token.
            # COMPOSE_PROFILES=dashboard
            # OTEL_EXPORTER_OTLP_ENDPOINT=http://aspire-dashboard:18889
            # OTEL_TRACES_SAMPLER_ARG=1

            """);
        return text.ToString();
    }

    private static IEnumerable<string> Explain(InputReference input)
    {
        if (input.Parameter.ConnectionString is not null)
            yield return $"Where {input.Parameter.Name} is: an endpoint as host:port, or a connection string.";
        else if (input.Definition.Default?.Generate is { } rules)
            yield return $"Make one up, of {rules.MinLength} characters or more{(rules.Special ? "" : ", letters and digits")}: openssl rand -hex {Math.Max(16, (rules.MinLength + 1) / 2)}";
        else
            yield return $"The parameter {input.Parameter.Name}.";

        if (input.UriEncoded)
            yield return "Letters, digits and -._~ only: it stands in a URL, too.";
    }
}
