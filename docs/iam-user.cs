// Lets a redis-server take the part of ElastiCache with IAM: prints an ACL SETUSER for a user whose passwords are the
// tokens of each second from now on. Independent of the API's code (HMACs, not the AWS SDK), to check that too.
//
//   AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… \
//       dotnet docs/iam-user.cs <user> <cache> <region> [serverless] [minutes] | redis-cli …
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

if (args is not [var user, var cache, var region, .. var rest])
{
    Console.Error.WriteLine("usage: dotnet docs/iam-user.cs <user> <cache> <region> [serverless] [minutes]");
    return 2;
}

var key = Environment.GetEnvironmentVariable("AWS_ACCESS_KEY_ID") ?? "";
var secret = Environment.GetEnvironmentVariable("AWS_SECRET_ACCESS_KEY") ?? "";
var session = Environment.GetEnvironmentVariable("AWS_SESSION_TOKEN") ?? "";
var serverless = rest is ["serverless", ..];
var resource = serverless ? "&ResourceType=ServerlessCache" : "";
var seconds = 60
    * (rest[(serverless ? 1 : 0)..] is [var minutes] ? int.Parse(minutes, CultureInfo.InvariantCulture) : 15);
var now = DateTime.UtcNow;

// A password as #<SHA-256> instead of ><password>: shorter, and no token is shown.
var passwords = Enumerable.Range(-5, seconds + 5).Select(second => $"#{Hash(Token(now.AddSeconds(second)))}");
Console.WriteLine(
    $"ACL SETUSER {user} reset on ~cachedemo* &cachedemo* &__keyevent@* +@all -@dangerous +info "
    + string.Join(' ', passwords));
return 0;

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
string Token(DateTime at)
{
    var day = at.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
    var moment = at.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
    var scope = $"{day}/{region}/elasticache/aws4_request";
    var credential = Uri.EscapeDataString($"{key}/{scope}");
    var algorithm = $"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Date={moment}";
    var temporary = session.Length == 0 ? "" : $"&X-Amz-Security-Token={Uri.EscapeDataString(session)}";
    var query = $"Action=connect{resource}&User={user}&{algorithm}&X-Amz-Expires=900{temporary}"
        + "&X-Amz-SignedHeaders=host";
    var request = Lines("GET", "/", query, $"host:{cache}", "", "host", Hash(""));
    var toSign = Lines("AWS4-HMAC-SHA256", moment, scope, Hash(request));
    var signingKey = new[] { day, region, "elasticache", "aws4_request" }
        .Aggregate(Encoding.UTF8.GetBytes($"AWS4{secret}"), Hmac);
    var signature = Hex(Hmac(signingKey, toSign));
    // In the API's order, which is the AWS SDK's: to AWS it does not matter, to an ACL it does.
    return $"{cache}/?Action=connect{resource}&User={user}&X-Amz-Expires=900{temporary}&{algorithm}"
        + $"&X-Amz-SignedHeaders=host&X-Amz-Signature={signature}";
}

static string Lines(params string[] lines) => string.Join('\n', lines);

static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

static string Hash(string text) => Hex(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
