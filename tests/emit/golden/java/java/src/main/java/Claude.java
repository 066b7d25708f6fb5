// Written by vxsetup emit java. Change vxsetup.yaml and run it again.

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.vertex.backends.VertexBackend;
import com.google.auth.oauth2.GoogleCredentials;

/** Asks each model, with one client for each location. */
public final class Claude {
    private static final String PROJECT = "acme-ai-prod";
    private static final String[][] PLACES = {
        {"claude-sonnet-5-5", "eu"},
        {"claude-haiku-4-5@20251001", "europe-west1"},
    };

    public static void main(String[] arguments) throws Exception {
        GoogleCredentials credentials = GoogleCredentials.getApplicationDefault()
            .createScoped("https://www.googleapis.com/auth/cloud-platform");
        for (String[] place : PLACES) {
            VertexBackend backend = VertexBackend.builder()
                .googleCredentials(credentials)
                .project(PROJECT)
                .region(place[1])
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
