// Reads YAML documents as Kubernetes' programs do and writes each as a line of JSON.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"

	documents "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

func main() {
	reader := documents.NewYAMLReader(bufio.NewReader(os.Stdin))
	for {
		text, err := reader.Read()
		if err == io.EOF {
			return
		}
		var line []byte
		if err == nil {
			line, err = yaml.YAMLToJSONStrict(text)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(string(line))
	}
}
