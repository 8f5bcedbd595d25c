
json_field() {
  local member="\"$1\"[[:space:]]*:[[:space:]]*\"(([^\"\\]|\\\\.)*)\""
  [[ $2 =~ $member ]] || return 1
  printf '%s\n' "${BASH_REMATCH[1]//\\\///}"
}

json_text() {
  local text=${1//$'\r'/}
  text=${text//$'\n'/ | }
  text=${text//[^ -~]/?}
  if ((${#text} > $2)); then text=...${text: -$2}; fi
  text=${text//\\/\\\\}
  printf '%s' "${text//\"/\\\"}"
}
