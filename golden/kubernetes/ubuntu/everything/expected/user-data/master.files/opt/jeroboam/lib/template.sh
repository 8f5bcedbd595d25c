use files

fill() {
  local line name value text=''
  while IFS= read -r line || [[ -n $line ]]; do
    while [[ $line == *'@{'* ]]; do
      text+=${line%%'@{'*}
      line=${line#*'@{'}
      name=${line%%'}'*}
      [[ $line == *'}'* ]] || fail "$1: unterminated '@{'"
      line=${line#*'}'}
      if [[ $name == @ ]]; then
        text+=@
        continue
      fi
      [[ $name =~ ^[A-Z][A-Z0-9_]*$ ]] || fail "$1: '@{$name}' is not a valid name"
      [[ -v $name ]] || fail "$1: undefined variable '@{$name}'"
      value=${!name}
      [[ $value =~ ^[A-Za-z0-9._:/+=-]+$ ]] || fail "$1: the value of $name has characters that are not allowed there"
      text+=$value
    done
    text+=$line$'\n'
  done <"$1"
  printf '%s' "$text" | write_file "$2" "$3"
}
