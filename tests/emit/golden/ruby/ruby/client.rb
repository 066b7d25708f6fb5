# frozen_string_literal: true
# Written by vxsetup emit ruby. Change vxsetup.yaml and run it again.
# Asks each model, with one client for each location.
require "anthropic"

PROJECT = 'acme-ai-prod'
PLACES = [
  ['claude-sonnet-5-5', 'eu'],
  ['claude-haiku-4-5@20251001', 'europe-west1'],
].freeze

PLACES.each do |model, location|
  client = Anthropic::VertexClient.new(region: location, project_id: PROJECT)
  message = client.messages.create(
    model: model,
    max_tokens: 64,
    messages: [{role: "user", content: "Say hello."}]
  )
  puts "#{model} #{location} #{message.content.map(&:text).join}"
end
