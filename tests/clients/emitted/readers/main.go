// Reads emitted files with the code of the platforms themselves: compose-go is the reader inside docker compose, the
// Kubernetes and gateway types are those of the API servers (an unknown field is an error), actionlint knows workflows.
//
// Usage: readers compose FILE... | readers kubernetes FILE | readers workflow FILE. What was read goes to standard
// output as JSON; a fault goes to standard error with exit code 1.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
	gateway "github.com/envoyproxy/gateway/api/v1alpha1"
	"github.com/rhysd/actionlint"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	serializer "k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/util/yaml"
	policies "sigs.k8s.io/gateway-api/apis/v1alpha3"
)

func compose(files []string) (any, error) {
	options, err := cli.NewProjectOptions(files, cli.WithOsEnv, cli.WithName("reading"))
	if err != nil {
		return nil, err
	}
	return options.LoadProject(context.Background())
}

func kubernetes(files []string) (any, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{core.AddToScheme, gateway.AddToScheme, policies.Install} {
		if err := add(scheme); err != nil {
			return nil, err
		}
	}
	strict := serializer.NewSerializerWithOptions(serializer.DefaultMetaFactory, scheme, scheme,
		serializer.SerializerOptions{Yaml: true, Strict: true})
	file, err := os.Open(files[0])
	if err != nil {
		return nil, err
	}
	defer file.Close()
	found := map[string][]any{"read": {}, "unknown": {}}
	documents := yaml.NewDocumentDecoder(file)
	defer documents.Close()
	buffer := make([]byte, 1<<20)
	for {
		length, err := documents.Read(buffer)
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		object, kind, err := strict.Decode(buffer[:length], nil, nil)
		switch {
		case runtime.IsNotRegisteredError(err):
			found["unknown"] = append(found["unknown"], kind.String())
		case runtime.IsMissingKind(err) && kind != nil && kind.Empty():
			continue // A document that holds comments alone.
		case err != nil:
			return nil, err
		default:
			found["read"] = append(found["read"], object)
		}
	}
}

func workflow(files []string) (any, error) {
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{})
	if err != nil {
		return nil, err
	}
	faults, err := linter.LintFile(files[0], nil)
	if err != nil {
		return nil, err
	}
	for _, fault := range faults {
		err = errors.Join(err, fault)
	}
	return len(faults), err
}

func main() {
	read := map[string]func([]string) (any, error){"compose": compose, "kubernetes": kubernetes, "workflow": workflow}
	found, err := read[os.Args[1]](os.Args[2:])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(found)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
