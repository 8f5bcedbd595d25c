#!/bin/bash
# Writes files of this node, as they follow here, and lists them.
set -eu

# put MODE PATH [BYTES]: standard input becomes a file, or so many bytes of it.
put() {
  local file=${JEROBOAM_ROOT:-}$2
  mkdir -p "${file%/*}"
  (umask 077 && head --bytes="${3:--0}" >"$file.new")
  chmod "$1" "$file.new"
  mv -f "$file.new" "$file"
  printf '%s\n' "$2"
}
