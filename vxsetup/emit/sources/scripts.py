"""Templates in Ruby, PHP and the shell."""

from __future__ import annotations

from collections.abc import Mapping

SCRIPTS: Mapping[str, str] = {
    "ruby": """\
# frozen_string_literal: true
# {{ head }}
# Asks each model, with one client for each location.
require "anthropic"

PROJECT = {{ settings.project | ruby }}
PLACES = [
{% for place in places %}
  [{{ place.model | ruby }}, {{ place.location | ruby }}],
{% endfor %}
].freeze

PLACES.each do |model, location|
  client = Anthropic::VertexClient.new(region: location, project_id: PROJECT{% if settings.endpoint %}, base_url: {{ (settings.endpoint ~ "/v1") | ruby }}{% endif %})
  message = client.messages.create(
    model: model,
    max_tokens: 64,
    messages: [{role: "user", content: "Say hello."}]
  )
  puts "#{model} #{location} #{message.content.map(&:text).join}"
end
""",
    "gemfile": """\
# {{ head }}
source "https://rubygems.org"

{% for name, since, below in packages %}
gem {{ name | ruby }}, {{ (">= " ~ since) | ruby }}{% if below %}, {{ ("< " ~ below) | ruby }}{% endif %}

{% endfor %}
""",
    "php": """\
<?php

// {{ head }}
// Asks each model, with one client for each location.

declare(strict_types=1);

require __DIR__ . '/vendor/autoload.php';

use Anthropic\\Vertex\\Client;

{% if settings.endpoint %}
putenv({{ ("ANTHROPIC_VERTEX_BASE_URL=" ~ settings.endpoint ~ "/v1") | php }});
{% endif %}
$project = {{ settings.project | php }};
$places = [
{% for place in places %}
    [{{ place.model | php }}, {{ place.location | php }}],
{% endfor %}
];

foreach ($places as [$model, $location]) {
    $client = Client::fromEnvironment(location: $location, projectId: $project);
    $message = $client->messages->create(
        model: $model,
        maxTokens: 64,
        messages: [['role' => 'user', 'content' => 'Say hello.']],
    );
    echo $model, ' ', $location, ' ', $message->content[0]->text, PHP_EOL;
}
""",
    "curl": """\
#!/bin/sh
# {{ head }}
# Asks each model. ACCESS_TOKEN is used where it is set, else the login of gcloud.
set -eu

token="${ACCESS_TOKEN:-$(gcloud auth print-access-token)}"

ask() {
  # The token goes in by standard input, so that no list of processes shows it.
  printf 'header = "Authorization: Bearer %s"\\n' "$token" |
    curl -sS --fail-with-body --config - -X POST "$1" -H 'Content-Type: application/json' --data-binary "$2"
  echo
}

{% for url, body in requests %}
ask {{ url | shell }} \\
  {{ body | shell }}
{% endfor %}
""",
    "go.mod": """\
// {{ head }}
module claude

go 1.24

require {{ module | remark }} v{{ version | remark }}
""",
}
"""Name -> template."""
