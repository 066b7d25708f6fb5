// Written by vxsetup emit vercel-ai. Change vxsetup.yaml and run it again.
// Asks each model, with one provider for each location.
import { createGoogleVertexAnthropic } from '@ai-sdk/google-vertex/anthropic';
import { generateText } from 'ai';

const project = "acme-ai-prod";
// Each model with the location that it is asked for at.
const places = [
  { model: "claude-sonnet-5-5", location: "eu" },
  { model: "claude-haiku-4-5@20251001", location: "europe-west1" },
];

for (const { model, location } of places) {
  const vertex = createGoogleVertexAnthropic({ project, location });
  const { text } = await generateText({ model: vertex(model), maxOutputTokens: 64, prompt: 'Say hello.' });
  console.log(model, location, text);
}
