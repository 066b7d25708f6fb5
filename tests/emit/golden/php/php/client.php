<?php

// Written by vxsetup emit php. Change vxsetup.yaml and run it again.
// Asks each model, with one client for each location.

declare(strict_types=1);

require __DIR__ . '/vendor/autoload.php';

use Anthropic\Vertex\Client;

$project = 'acme-ai-prod';
$places = [
    ['claude-sonnet-5-5', 'eu'],
    ['claude-haiku-4-5@20251001', 'europe-west1'],
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
