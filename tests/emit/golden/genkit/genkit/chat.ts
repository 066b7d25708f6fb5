// Written by vxsetup emit genkit. Change vxsetup.yaml and run it again.
// Asks each model; the location goes with each call.
import { vertexModelGarden } from '@genkit-ai/vertexai/modelgarden';
import { genkit } from 'genkit';

const projectId = "acme-ai-prod";
// Each model with the location that it is asked for at.
const places = [
  { model: "claude-sonnet-5-5", location: "eu" },
  { model: "claude-haiku-4-5@20251001", location: "europe-west1" },
];

const ai = genkit({ plugins: [vertexModelGarden({ projectId, location: "eu" })] });

for (const { model, location } of places) {
  const { text } = await ai.generate({
    model: vertexModelGarden.model(model),
    config: { location, maxOutputTokens: 64 },
    prompt: 'Say hello.',
  });
  console.log(model, location, text);
}
