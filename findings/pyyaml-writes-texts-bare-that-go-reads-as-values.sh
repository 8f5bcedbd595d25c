#!/bin/bash
# PyYAML 6.0.3 and sigs.k8s.io/yaml 1.6.0: texts that PyYAML writes without quotes are a truth or a number to Kubernetes.
#
# Seen: `y`, `n` and `1e3` are texts to PyYAML both ways, so it writes them bare; the library by which Kubernetes and kubeadm read YAML
# makes true, false and 1000 of them, and a label, a taint or a cluster's name is refused, or another one. Jeroboam quotes whatever
# Go would read as something else. Needs Go.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check PyYAML==6.0.3
cat > main.go << 'GO'
package main

import (
	"fmt"
	"io"
	"os"

	"sigs.k8s.io/yaml"
)

func main() {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	json, err := yaml.YAMLToJSON(text)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(json))
}
GO
printf 'module finding\n\ngo 1.23\n\nrequire sigs.k8s.io/yaml v1.6.0\n' > go.mod
go build -mod=mod -o reads .
venv/bin/python -c 'import yaml; print(yaml.safe_dump({"a": "y", "b": "n", "c": "1e3", "d": "yes"}), end="")' > written.yaml
seen="$(cat written.yaml)
PyYAML reads $(venv/bin/python -c 'import json, yaml; print(json.dumps(yaml.safe_load(open("written.yaml")), separators=(",", ":")))')
Go reads $(./reads < written.yaml)"
expected='a: y
b: n
c: 1e3
d: '"'yes'"'
PyYAML reads {"a":"y","b":"n","c":"1e3","d":"yes"}
Go reads {"a":true,"b":false,"c":1000,"d":"yes"}'
diff <(echo "$expected") <(echo "$seen")
echo "as seen: $seen"
