// Anthropic's Vertex SDK for JavaScript: a message, a stream, a count and two refusals. BASE is the emulator's address.
import { AnthropicVertex } from "@anthropic-ai/vertex-sdk";
import { OAuth2Client } from "google-auth-library";

const authClient = new OAuth2Client();
authClient.setCredentials({ access_token: "opaque" });
const client = new AnthropicVertex({
  region: "global", projectId: "acme-ai-prod", baseURL: `${process.env.BASE}/v1`, authClient, maxRetries: 0,
});
const ask = { max_tokens: 16, messages: [{ role: "user", content: "Say hello." }] };

async function refused(model) {
  try {
    await client.messages.create({ model, ...ask });
    return null;
  } catch (error) {
    return [error.constructor.name, error.status];
  }
}

const message = await client.messages.create({ model: "claude-sonnet-5-5", ...ask });
let streamed = "";
const stream = client.messages.stream({ model: "claude-sonnet-5-5", ...ask });
stream.on("text", (text) => { streamed += text; });
const final = await stream.finalMessage();
const counted = await client.messages.countTokens({ model: "claude-haiku-4-5", messages: ask.messages });
console.log(JSON.stringify({
  text: message.content[0].text, streamed, final: final.content[0].text, tokens: counted.input_tokens,
  quota: await refused("claude-opus-5-5"), missing: await refused("claude-nothing-9"),
}));
