"""Asks a model with nothing but variables: Anthropic's SDK or LiteLLM, as the first argument says; then the model."""

import sys

QUESTION = [{"role": "user", "content": "Say hello."}]
client, model = sys.argv[1:]
if client == "anthropic":
    from anthropic import AnthropicVertex

    message = AnthropicVertex().messages.create(model=model, max_tokens=64, messages=QUESTION)
    print(message.content[0].text)
else:
    import litellm

    answer = litellm.completion(model=f"vertex_ai/{model}", max_tokens=64, messages=QUESTION)
    print(answer.choices[0].message.content)
