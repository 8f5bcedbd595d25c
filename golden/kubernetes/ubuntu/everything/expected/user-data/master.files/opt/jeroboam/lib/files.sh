
: "${JEROBOAM_RELABEL:?}"

write_file() {
  local new=$1.$BASHPID.new
  mkdir -p "${1%/*}"
  (umask 077 && cat >"$new") && chmod "$2" "$new" && sync "$new" && mv -f "$new" "$1"
}

remember() {
  sync
  touch "$STATE/$1"
  sync "$STATE/$1"
}

place_secret() {
  printf '%s' "${!1}" | base64 -d | write_file "$2" "$3"
}

relabel() {
  local command
  read -ra command <<<"$JEROBOAM_RELABEL"
  "${command[@]}" "$@"
}
