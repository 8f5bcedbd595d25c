#!/bin/bash
# Writes the greeting that the spec has to /etc/greeting.
: "${JEROBOAM_GREETING:?}"

printf '%s\n' "$JEROBOAM_GREETING" >"$ROOT/etc/greeting"
