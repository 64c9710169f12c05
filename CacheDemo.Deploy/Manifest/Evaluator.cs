namespace CacheDemo.Deploy.Manifest;

/// <summary>Resolves the expressions of a manifest.</summary>
public sealed class Evaluator(DeploymentManifest manifest)
{
    private const string UriFilter = "uri";

    /// <summary>Parses a text: <c>redis:{redis.bindings.tcp.port}</c> is a literal and a reference.</summary>
    /// <param name="owner">The resource that contains the text; errors name it.</param>
    /// <param name="text">The text; <c>{{</c> and <c>}}</c> are escaped braces.</param>
    /// <exception cref="ManifestException">
    /// An expression is malformed, not known, refers to nothing, or to itself.
    /// </exception>
    public IReadOnlyList<Part> Evaluate(Resource owner, string text) => Merge(Parts(owner, text, []));

    /// <summary>
    /// The references of a workload, without those of its connection string, which only others use.
    /// </summary>
    public IEnumerable<Reference> NeedsOf(Workload workload) =>
        workload
            .Texts.Except([workload.ConnectionString])
            .SelectMany(text => Evaluate(workload, text!))
            .OfType<Reference>();

    private IEnumerable<Part> Parts(Resource owner, string text, string[] trail)
    {
        for (var i = 0; i < text.Length;)
        {
            var brace = text.AsSpan(i).IndexOfAny('{', '}');
            if (brace != 0)
            {
                var end = brace < 0 ? text.Length : i + brace;
                yield return new Literal(text[i..end]);
                i = end;
            }
            else if (i + 1 < text.Length && text[i + 1] == text[i])
            {
                yield return new Literal(text[i..(i + 1)]);
                i += 2;
            }
            else
            {
                var end = text[i] == '{' ? text.IndexOf('}', i) : -1;
                if (end < 0)
                    throw Wrong(
                        owner,
                        text,
                        "has a brace without its other half; a brace of the text's own is written twice");

                foreach (var part in Follow(owner, text[(i + 1)..end], trail))
                    yield return part;
                i = end + 1;
            }
        }
    }

    private IEnumerable<Part> Follow(Resource owner, string expression, string[] trail)
    {
        var shown = $"{{{expression}}}";
        if (trail.Contains(expression))
            throw Wrong(
                owner,
                shown,
                $"refers to itself: {string.Join(" -> ", [.. trail.SkipWhile(step => step != expression), expression])}"
            );
        trail = [.. trail, expression];

        var colon = expression.IndexOf(':');
        if (colon >= 0)
            return Filtered(owner, shown, expression[(colon + 1)..], Follow(owner, expression[..colon], trail));

        var steps = expression.Split('.');
        if (!manifest.Resources.TryGetValue(steps[0], out var resource))
            throw Wrong(
                owner,
                shown,
                $"refers to {(steps[0].Length > 0 ? steps[0] : "nothing")}, and there is no such resource");

        return (resource, steps[1..]) switch
        {
            ({ ConnectionString: { } text }, ["connectionString"]) => Parts(resource, text, trail),
            (ParameterResource parameter, ["value"]) => Parts(resource, parameter.Value, trail),
            (ValueResource { Value: { } text }, ["value"]) => Parts(resource, text, trail),
            (AnnotatedStringResource annotated, ["value"]) => Filtered(
                owner,
                shown,
                annotated.Filter,
                Parts(resource, annotated.Value, trail)),
            (ParameterResource parameter, ["inputs", var input]) => parameter.Inputs.ContainsKey(input)
                ? [new InputReference(parameter, input)]
                : throw Wrong(owner, shown, $"refers to an input that {resource.Name} has not"),
            (Workload workload, ["bindings", var binding, var property]) => !workload.Bindings.ContainsKey(binding)
                ? throw Wrong(owner, shown, $"refers to a binding that {resource.Name} has not")
                : [new BindingReference(workload, binding, Property(owner, shown, property))],
            _ => throw Wrong(
                owner,
                shown,
                $"is not known: {resource.Name} is a {resource.Type} and has no {string.Join('.', steps[1..])}"),
        };
    }

    private static BindingProperty Property(Resource owner, string shown, string name) =>
        Enum.GetValues<BindingProperty>()
            .Cast<BindingProperty?>()
            .FirstOrDefault(property => JsonName(property!.Value) == name)
        ?? throw Wrong(
            owner,
            shown,
            $"is not known: a binding has {string.Join(", ", Enum.GetValues<BindingProperty>().Select(JsonName))}");

    private static string JsonName(BindingProperty property) =>
        System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName($"{property}");

    private static IEnumerable<Part> Filtered(Resource owner, string shown, string filter, IEnumerable<Part> parts) =>
        filter != UriFilter
            ? throw Wrong(owner, shown, $"has the filter {filter}, which is not known: {UriFilter} is")
            : parts.Select(part =>
                part is Literal literal
                    ? new Literal(Uri.EscapeDataString(literal.Text))
                    : (Part)((Reference)part with { UriEncoded = true }));

    // Joins adjacent literals.
    private static List<Part> Merge(IEnumerable<Part> parts)
    {
        var merged = new List<Part>();
        foreach (var part in parts)
        {
            if (part is Literal next && merged is [.., Literal last])
                merged[^1] = new Literal(last.Text + next.Text);
            else if (part is not Literal { Text: "" })
                merged.Add(part);
        }

        return merged;
    }

    private static ManifestException Wrong(Resource owner, string expression, string what) =>
        new($"{owner.Name}: {expression} {what}.");
}
