// Written by vxsetup emit typescript. Change vxsetup.yaml and run it again.
// Asks each model, with one client for each location.
import { AnthropicVertex } from '@anthropic-ai/vertex-sdk';

const projectId = "acme-ai-prod";
// Each model with the location that it is asked for at.
const places = [
  { model: "claude-sonnet-5-5", location: "eu" },
  { model: "claude-haiku-4-5@20251001", location: "europe-west1" },
];

for (const { model, location } of places) {
  const client = new AnthropicVertex({ projectId, region: location });
  const message = await client.messages.create({
    model,
    max_tokens: 64,
    messages: [{ role: 'user', content: 'Say hello.' }],
  });
  const text = message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
  console.log(model, location, text);
}
