#!/bin/bash
set -euo pipefail
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib/node.sh"
. "$1"
