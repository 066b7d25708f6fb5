// Vercel's AI SDK with Claude on Vertex AI: a text, a stream and two refusals. BASE is the emulator's address.
import { createVertexAnthropic } from "@ai-sdk/google-vertex/anthropic";
import { generateText, streamText } from "ai";
import { OAuth2Client } from "google-auth-library";

const authClient = new OAuth2Client();
authClient.setCredentials({ access_token: "opaque" });
const vertex = createVertexAnthropic({
  project: "acme-ai-prod", location: "global", googleAuthOptions: { authClient },
  baseURL: `${process.env.BASE}/v1/projects/acme-ai-prod/locations/global/publishers/anthropic/models`,
});
const ask = { prompt: "Say hello.", maxOutputTokens: 16, maxRetries: 0 };

async function refused(model) {
  try {
    await generateText({ model: vertex(model), ...ask });
    return null;
  } catch (error) {
    return error.statusCode;
  }
}

const { text } = await generateText({ model: vertex("claude-sonnet-5-5"), ...ask });
let streamed = "";
for await (const piece of streamText({ model: vertex("claude-sonnet-5-5"), ...ask }).textStream) streamed += piece;
console.log(JSON.stringify({
  text, streamed, quota: await refused("claude-opus-5-5"), missing: await refused("claude-nothing-9"),
}));
