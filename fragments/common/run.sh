#!/bin/bash
# run.sh SCRIPT: runs a step, or what a timer starts, with the libraries that it uses.
set -euo pipefail
# shellcheck source=lib/node.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib/node.sh"
# shellcheck disable=SC1090
. "$1"
