namespace CacheDemo.Api.Http;

/// <summary>
/// What the problem document says of a member of a JSON body that cannot be read, by the name of the member.
/// </summary>
internal sealed class JsonMemberProblems : Dictionary<string, string>;
