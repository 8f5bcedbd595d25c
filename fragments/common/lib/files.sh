# shellcheck shell=bash
# Placing files: at once, and never readable beyond their mode.

: "${JEROBOAM_RELABEL:?}"

# write_file TARGET MODE: standard input becomes TARGET.
write_file() {
  mkdir -p "${1%/*}"
  (umask 077 && cat >"$1.new") && chmod "$2" "$1.new" && mv -f "$1.new" "$1"
}

# place_secret NAME TARGET MODE: the decoded value of the variable NAME becomes TARGET.
place_secret() {
  printf '%s' "${!1}" | base64 -d | write_file "$2" "$3"
}

# relabel PATH...: the security context that the distro's policy has for the place.
relabel() {
  local command
  read -ra command <<<"$JEROBOAM_RELABEL"
  "${command[@]}" "$@"
}
