namespace Aspire.Hosting;

/// <summary>The application cannot do what it was asked for.</summary>
public class DistributedApplicationException(string message) : Exception(message);
