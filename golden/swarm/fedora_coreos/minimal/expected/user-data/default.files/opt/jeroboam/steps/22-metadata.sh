#!/bin/bash
# Makes sure that containers cannot ask the metadata service for the node's secrets, before there is the first one.
set -euo pipefail
# shellcheck source=../lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"

systemctl start jeroboam-metadata.service ||
  fail "the metadata service is open to containers: $(journalctl --unit jeroboam-metadata.service --lines 3 --output cat --no-pager)"
bash "$LIB/metadata.sh" verify
say "the metadata service is closed to containers"
