"""Templates in Go, Java and C#."""

from __future__ import annotations

from collections.abc import Mapping

COMPILED: Mapping[str, str] = {
    "go": """\
// {{ head }}

// Asks each model, with one client for each location.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/anthropics/anthropic-sdk-go"
{% if settings.endpoint %}
	"github.com/anthropics/anthropic-sdk-go/option"
{% endif %}
	"github.com/anthropics/anthropic-sdk-go/vertex"
)

const project = {{ settings.project | go }}

var places = []struct{ model, location string }{
{% for place in places %}
	{ {{- place.model | go }}, {{ place.location | go -}} },
{% endfor %}
}

func main() {
	ctx := context.Background()
	for _, place := range places {
		client := anthropic.NewClient(
			vertex.WithGoogleAuth(ctx, place.location, project),
{% if settings.endpoint %}
			option.WithBaseURL({{ (settings.endpoint ~ "/") | go }}),
{% endif %}
		)
		message, err := client.Messages.New(ctx, anthropic.MessageNewParams{
			Model:     anthropic.Model(place.model),
			MaxTokens: 64,
			Messages:  []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("Say hello."))},
		})
		if err != nil {
			log.Fatalf("%s at %s: %v", place.model, place.location, err)
		}
		for _, block := range message.Content {
			fmt.Println(place.model, place.location, block.Text)
		}
	}
}
""",
    "java": """\
// {{ head }}

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.vertex.backends.VertexBackend;
import com.google.auth.oauth2.GoogleCredentials;

/** Asks each model, with one client for each location. */
public final class Claude {
    private static final String PROJECT = {{ settings.project | java }};
    private static final String[][] PLACES = {
{% for place in places %}
        { {{- place.model | java }}, {{ place.location | java -}} },
{% endfor %}
    };

    public static void main(String[] arguments) throws Exception {
        GoogleCredentials credentials = GoogleCredentials.getApplicationDefault()
            .createScoped("https://www.googleapis.com/auth/cloud-platform");
        for (String[] place : PLACES) {
            VertexBackend backend = VertexBackend.builder()
                .googleCredentials(credentials)
                .project(PROJECT)
                .region(place[1])
{% if settings.endpoint %}
                .baseUrl({{ settings.endpoint | java }})
{% endif %}
                .build();
            AnthropicClient client = AnthropicOkHttpClient.builder().backend(backend).build();
            Message message = client.messages().create(
                MessageCreateParams.builder().model(place[0]).maxTokens(64L).addUserMessage("Say hello.").build());
            message.content().forEach(block ->
                block.text().ifPresent(text -> System.out.println(place[0] + " " + place[1] + " " + text.text())));
            client.close();
        }
    }
}
""",
    "csharp": """\
// {{ head }}
// Asks each model, with one client for each location.
using Anthropic.Models.Messages;
using Anthropic.Vertex;

const string Project = {{ settings.project | csharp }};
(string Model, string Location)[] places =
[
{% for place in places %}
    ({{ place.model | csharp }}, {{ place.location | csharp }}),
{% endfor %}
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
""",
}
"""Name -> template."""
