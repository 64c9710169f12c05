using System.ComponentModel.DataAnnotations;

namespace CacheDemo.Api.Http;

/// <summary>Which other sites' pages may call the API, section <c>Cors</c>.</summary>
internal sealed class CorsOptions : IValidatableObject
{
    /// <summary>
    /// Origins as browsers send them (<c>https://page.example</c>), separated by commas, or <c>*</c> for all. Empty, as
    /// by default, no other site's page may.
    /// </summary>
    public string AllowedOrigins { get; set; } = "";

    /// <summary>The origins, one by one.</summary>
    public string[] Origins =>
        AllowedOrigins.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        from origin in Origins
        where origin != "*" && !(Uri.TryCreate(origin, UriKind.Absolute, out var url)
            && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
            && url.GetLeftPart(UriPartial.Authority).Equals(origin, StringComparison.OrdinalIgnoreCase))
        select new ValidationResult(
            $"Cors:AllowedOrigins={origin} is not an origin: "
            + "write it as https://page.example or http://localhost:3000, or * for all."
        );
}
