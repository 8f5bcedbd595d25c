#!/bin/bash
# Installs what artifacts.list names, each verified.
set -euo pipefail
# shellcheck source=../lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"
# shellcheck source=../download.sh
. "$LIB/download.sh"

install_artifacts "$ETC/artifacts.list"
systemctl daemon-reload
