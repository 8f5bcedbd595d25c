#!/bin/bash
# Runs the spec's hooks.pre_bootstrap.
set -euo pipefail
# shellcheck source=../lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"

run_hooks pre
