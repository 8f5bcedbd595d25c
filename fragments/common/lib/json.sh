# shellcheck shell=bash
# JSON without a program for it, which not every image has.

# json_field NAME JSON: the text of a member. Escapes but '\/' are left, so that it fits into JSON again.
json_field() {
  local member="\"$1\"[[:space:]]*:[[:space:]]*\"(([^\"\\]|\\\\.)*)\""
  [[ $2 =~ $member ]] || return 1
  printf '%s\n' "${BASH_REMATCH[1]//\\\///}"
}

# json_text TEXT LIMIT: the last LIMIT characters as the inside of a JSON string; lines end in ' | '.
json_text() {
  local text=${1//$'\r'/}
  text=${text//$'\n'/ | }
  text=${text//[^ -~]/?}
  if ((${#text} > $2)); then text=...${text: -$2}; fi
  text=${text//\\/\\\\}
  printf '%s' "${text//\"/\\\"}"
}
