#!/bin/bash
# Runs the spec's hooks.post_bootstrap.
set -euo pipefail
# shellcheck source=../lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"

run_hooks post
