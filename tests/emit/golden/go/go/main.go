// Written by vxsetup emit go. Change vxsetup.yaml and run it again.

// Asks each model, with one client for each location.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/vertex"
)

const project = "acme-ai-prod"

var places = []struct{ model, location string }{
	{"claude-sonnet-5-5", "eu"},
	{"claude-haiku-4-5@20251001", "europe-west1"},
}

func main() {
	ctx := context.Background()
	for _, place := range places {
		client := anthropic.NewClient(
			vertex.WithGoogleAuth(ctx, place.location, project),
		)
		message, err := client.Messages.New(ctx, anthropic.MessageNewParams{
			Model:     anthropic.Model(place.model),
			MaxTokens: 64,
			Messages:  []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("Say hello."))},
		})
		if err != nil {
			log.Fatalf("%s at %s: %v", place.model, place.location, err)
		}
		for _, block := range message.Content {
			fmt.Println(place.model, place.location, block.Text)
		}
	}
}
