namespace CacheDemo.Redis;

/// <summary>A password in a file, which is read at every connection.</summary>
internal sealed class PasswordFile(string path, string? user) : IRedisCredentials
{
    public string? User => user;

    public string? Password
    {
        get
        {
            try
            {
                // Editors and echo end a file with a newline; secret stores do not.
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
