#!/bin/sh
# overlay.sh FOLDER: writes there what `go build -overlay` needs to make programs go by a node's clock, as clock.go says, and
# prints the overlay's path. Run it where the module is: that chooses the toolchain.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd) runtime=$(go env GOROOT)/src/runtime
sed 's/^TEXT time·now</TEXT ·machineNow</' "$runtime/time_linux_amd64.s" >"$folder/now.s"
if ! grep -q machineNow "$folder/now.s"; then
  echo "$(go version): its runtime does not have time.now where clock.go expects it" >&2
  exit 1
fi
cp "$here/clock.go" "$folder/clock.go"
cat >"$folder/overlay.json" <<JSON
{"Replace": {
  "$runtime/time_linux_amd64.s": "$folder/now.s",
  "$runtime/timeasm.go": "$folder/clock.go"
}}
JSON
echo "$folder/overlay.json"
