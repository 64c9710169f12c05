using System.ComponentModel.DataAnnotations;

namespace CacheDemo.Frontend.SignIn;

/// <summary>
/// Options of the sign-in, section <c>SignIn</c>. Without a key and an authority the page is open to everyone who can
/// reach it; with both, either is enough.
/// </summary>
internal sealed class SignInOptions : IValidatableObject
{
    /// <summary>The API key, of printable ASCII; it should be long and random.</summary>
    public string? ApiKey { get; set; }

    /// <summary>An OpenID Connect provider, such as a Cognito user pool; all its users may sign in.</summary>
    public string? Authority { get; set; }

    /// <summary>The client id at the provider, with <c>/signin-oidc</c> of the page as a redirect URI.</summary>
    public string? ClientId { get; set; }

    /// <summary>The client secret at the provider.</summary>
    public string? ClientSecret { get; set; }

    /// <summary>
    /// Hours that a browser stays signed in; a request in their second half begins them anew.
    /// </summary>
    [Range(1, 24 * 30)]
    public int Hours { get; set; } = 12;

    /// <summary>Wrong keys that one client address may send in a minute.</summary>
    [Range(1, 1_000)]
    public int WrongKeysPerMinute { get; set; } = 10;

    /// <summary>
    /// The folder with the Data Protection keys of cookies. Several instances must share it, and it must outlive a
    /// container; otherwise people sign in again.
    /// </summary>
    public string? KeyRing { get; set; }

    /// <summary>Whether the API key is configured.</summary>
    public bool ByKey => !string.IsNullOrEmpty(ApiKey);

    /// <summary>Whether a provider is configured.</summary>
    public bool ByAuthority => !string.IsNullOrEmpty(Authority);

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (ByKey && !ApiKey!.All(c => c is > ' ' and <= '~'))
            yield return new ValidationResult(
                "SignIn:ApiKey must be printable ASCII without spaces, as it travels in a header.");
        if (ByAuthority && !IsHttps(Authority!))
            yield return new ValidationResult($"SignIn:Authority={Authority} is not an https URL.");
        else if (ByAuthority && string.IsNullOrEmpty(ClientId))
            yield return new ValidationResult("SignIn:Authority needs SignIn:ClientId.");
        if (!ByAuthority && !(string.IsNullOrEmpty(ClientId) && string.IsNullOrEmpty(ClientSecret)))
            yield return new ValidationResult(
                "SignIn:ClientId and SignIn:ClientSecret need SignIn:Authority: "
                + "without it, nobody has to sign in there.");
        if (KeyRing is { Length: > 0 } folder && !IsFolder(folder))
            yield return new ValidationResult($"SignIn:KeyRing={folder} is not a folder, and cannot be made one.");
    }

    private static bool IsHttps(string url) => Uri.TryCreate(url, UriKind.Absolute, out var authority)
        && (authority.Scheme == Uri.UriSchemeHttps || authority.IsLoopback);

    private static bool IsFolder(string path)
    {
        try
        {
            return Directory.CreateDirectory(path).Exists;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }
}
