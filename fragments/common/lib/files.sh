# shellcheck shell=bash
# Placing files: at once, never readable beyond their mode, and so that no power cut leaves them empty.

: "${JEROBOAM_RELABEL:?}"

# write_file TARGET MODE: standard input becomes TARGET, also where others write it at the same time.
write_file() {
  local new=$1.$BASHPID.new
  mkdir -p "${1%/*}"
  (umask 077 && cat >"$new") && chmod "$2" "$new" && sync "$new" && mv -f "$new" "$1"
}

# remember NAME: all that was written lasts, and then NAME says for good how far this node is.
remember() {
  sync
  touch "$STATE/$1"
  sync "$STATE/$1"
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
