// Written by vxsetup emit csharp. Change vxsetup.yaml and run it again.
// Asks each model, with one client for each location.
using Anthropic.Models.Messages;
using Anthropic.Vertex;

const string Project = "acme-ai-prod";
(string Model, string Location)[] places =
[
    ("claude-sonnet-5-5", "eu"),
    ("claude-haiku-4-5@20251001", "europe-west1"),
];

foreach (var (model, location) in places)
{
    var client = new AnthropicVertexClient(new AnthropicVertexCredentials(location, Project));
    var message = await client.Messages.Create(new MessageCreateParams
    {
        Model = model,
        MaxTokens = 64,
        Messages = [new() { Role = Role.User, Content = "Say hello." }],
    });
    Console.WriteLine($"{model} {location} {message}");
}
