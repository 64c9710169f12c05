namespace CacheDemo.Api.Http;

/// <summary>Invalid input: the response is a problem document that names the field.</summary>
/// <param name="field">The field, as the client spells it.</param>
/// <param name="problem">What is wrong with it, for the client.</param>
/// <param name="status">400, or a more specific status of the client-error class.</param>
internal sealed class BadInputException(string field, string problem, int status = StatusCodes.Status400BadRequest)
    : BadHttpRequestException(problem, status)
{
    /// <summary>The field.</summary>
    public string Field { get; } = field;
}
