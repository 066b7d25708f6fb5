"""Templates in TypeScript. None needs a compiler to be read as JavaScript, so that they run by ``tsx`` and by Node alike."""

from __future__ import annotations

from collections.abc import Mapping

_PLACES = """\
// Each model with the location that it is asked for at.
const places = [
{% for place in places %}
  { model: {{ place.model | javascript }}, location: {{ place.location | javascript }} },
{% endfor %}
];
"""

JAVASCRIPT: Mapping[str, str] = {
    "typescript": """\
// {{ head }}
// Asks each model, with one client for each location.
import { AnthropicVertex } from '@anthropic-ai/vertex-sdk';

const projectId = {{ settings.project | javascript }};
{% if settings.endpoint %}
const baseURL = {{ (settings.endpoint ~ "/v1") | javascript }};
{% endif %}
"""
    + _PLACES
    + """\

for (const { model, location } of places) {
  const client = new AnthropicVertex({ projectId, region: location{% if settings.endpoint %}, baseURL{% endif %} });
  const message = await client.messages.create({
    model,
    max_tokens: 64,
    messages: [{ role: 'user', content: 'Say hello.' }],
  });
  const text = message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
  console.log(model, location, text);
}
""",
    "vercel-ai": """\
// {{ head }}
// Asks each model, with one provider for each location.
import { createGoogleVertexAnthropic } from '@ai-sdk/google-vertex/anthropic';
import { generateText } from 'ai';

const project = {{ settings.project | javascript }};
{% if settings.endpoint %}
const origin = {{ settings.endpoint | javascript }};
{% endif %}
"""
    + _PLACES
    + """\

for (const { model, location } of places) {
{% if settings.endpoint %}
  const baseURL = `${origin}/v1/projects/${project}/locations/${location}/publishers/anthropic/models`;
  const vertex = createGoogleVertexAnthropic({ project, location, baseURL });
{% else %}
  const vertex = createGoogleVertexAnthropic({ project, location });
{% endif %}
  const { text } = await generateText({ model: vertex(model), maxOutputTokens: 64, prompt: 'Say hello.' });
  console.log(model, location, text);
}
""",
    "genkit": """\
// {{ head }}
// Asks each model; the location goes with each call.
import { vertexModelGarden } from '@genkit-ai/vertexai/modelgarden';
import { genkit } from 'genkit';

const projectId = {{ settings.project | javascript }};
"""
    + _PLACES
    + """\

const ai = genkit({ plugins: [vertexModelGarden({ projectId, location: {{ settings.location | javascript }} })] });

for (const { model, location } of places) {
  const { text } = await ai.generate({
    model: vertexModelGarden.model(model),
    config: { location, maxOutputTokens: 64 },
    prompt: 'Say hello.',
  });
  console.log(model, location, text);
}
""",
    "agent-sdk-typescript": """\
// {{ head }}
// Asks Claude through the Agent SDK.
import { query } from '@anthropic-ai/claude-agent-sdk';

const options = {
  model: {{ first.model | javascript }},
  maxTurns: 1,
  // No settings files: one that names another provider would win over env.
  settingSources: [],
  // env replaces the process's own variables, so those come first.
  env: {
    ...process.env,
{% for name, value in variables %}
    {{ name | javascript }}: {{ value | javascript }},
{% endfor %}
  },
};

for await (const message of query({ prompt: 'Say hello.', options })) {
  console.log(message);
}
""",
}
"""Name -> template."""
