#!/bin/sh
# Says on the console who this node is; {{ braces }}, %index% and @@MARKS@@ are plain text here.
set -eu
printf 'joined: %s\n' "$(hostname)"
