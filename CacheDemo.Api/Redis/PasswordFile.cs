namespace CacheDemo.Api.Redis;

/// <summary>A password that stands in a file, where it can be changed.</summary>
internal sealed class PasswordFile(string path, string? user) : IRedisCredentials
{
    public string? User => user;

    public string? Password
    {
        get
        {
            try
            {
                // Editors and echo end a file with a new line; secret stores do not.
                return File.ReadAllText(path).TrimEnd('\r', '\n') is { Length: > 0 } password
                    ? password
                    : throw new RedisCredentialsException($"Redis:PasswordFile={path} is empty");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new RedisCredentialsException($"Redis:PasswordFile={path} cannot be read ({e.GetType().Name})");
            }
        }
    }
}
