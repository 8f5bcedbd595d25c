# shellcheck shell=bash
# What every step starts from: the node's values and name, and how to say, wait, fill in and place.
# Sourced, never run. JEROBOAM_ROOT and JEROBOAM_CONSOLE stand for / and /dev/console in tests.

# Bytes, not letters of some language, in every pattern below.
LC_ALL=C
ROOT=${JEROBOAM_ROOT:-}
ETC=$ROOT/etc/jeroboam
# shellcheck disable=SC2034
LIB=$ROOT/opt/jeroboam
STATE=$ROOT/var/lib/jeroboam
RUN=$ROOT/run/jeroboam
export PATH="$PATH:$ROOT/usr/local/bin:$ROOT/opt/bin"

NODE_NAME=$(uname -n)
NODE_NAME=${NODE_NAME%%.*}
NODE_INDEX=${NODE_NAME##*-}

mkdir -p "$STATE" "$RUN"
chmod 700 "$RUN"

# shellcheck disable=SC1090,SC1091
for file in "$ETC/cluster.env" "$ETC/heat.env" "$STATE/secrets.env"; do
  if [[ -e $file ]]; then . "$file"; fi
done
if [[ -e $ETC/proxy.env ]]; then
  set -a
  # shellcheck disable=SC1091
  . "$ETC/proxy.env"
  set +a
fi

: "${JEROBOAM_RELABEL:?}"

say() { printf '%s\n' "$*"; }

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# value_at LIST INDEX: the value of INDEX in a list such as "0=a 1=b".
value_at() {
  local pair
  for pair in $1; do
    if [[ ${pair%%=*} == "$2" ]]; then
      printf '%s\n' "${pair#*=}"
      return 0
    fi
  done
  say "node $NODE_NAME: nothing is listed for index '$2'" >&2
  return 1
}

# retry TIMES PAUSE COMMAND...: until it succeeds; else its last exit status.
# A function run this way has no `set -e`: it must return its own failures.
retry() {
  local times=$1 pause=$2 try status=1
  shift 2
  for ((try = 1; try <= times; try++)); do
    "$@" && return 0
    status=$?
    say "attempt $try of $times failed (exit $status): $1"
    if ((try < times)); then sleep "$pause"; fi
  done
  return "$status"
}

# wait_for WHAT COMMAND...: every 5 s, at most as long as a node may take; the runner's watchdog is stricter.
wait_for() {
  local what=$1 try
  shift
  for ((try = 0; try <= JEROBOAM_BOOTSTRAP_SECONDS / 5; try++)); do
    if "$@"; then return 0; fi
    if ((try % 12 == 0)); then say "waiting for $what" >&2; fi
    sleep 5
  done
  fail "gave up waiting for $what"
}

# write_file TARGET MODE: standard input becomes TARGET, at once and never readable beyond MODE.
write_file() {
  mkdir -p "${1%/*}"
  (umask 077 && cat >"$1.new") && chmod "$2" "$1.new" && mv -f "$1.new" "$1"
}

# place_secret NAME TARGET MODE: the decoded value of the variable NAME becomes TARGET.
place_secret() {
  printf '%s' "${!1}" | base64 -d | write_file "$2" "$3"
}

# relabel PATH...: gives what was placed the security context that the distro's policy has for its place.
relabel() {
  local command
  read -ra command <<<"$JEROBOAM_RELABEL"
  "${command[@]}" "$@"
}

# fill SOURCE TARGET MODE: SOURCE with @{NAME} as the value of NAME and @{@} as @.
# A value that could mean anything to a configuration file is refused, and is never filled in itself.
fill() {
  local line name value text=''
  while IFS= read -r line || [[ -n $line ]]; do
    while [[ $line == *'@{'* ]]; do
      text+=${line%%'@{'*}
      line=${line#*'@{'}
      name=${line%%'}'*}
      [[ $line == *'}'* ]] || fail "$1: '@{' without '}'"
      line=${line#*'}'}
      if [[ $name == @ ]]; then
        text+=@
        continue
      fi
      [[ $name =~ ^[A-Z][A-Z0-9_]*$ ]] || fail "$1: '@{$name}' is no name"
      [[ -v $name ]] || fail "$1: nothing is known of '@{$name}'"
      value=${!name}
      [[ $value =~ ^[A-Za-z0-9._:/+=-]+$ ]] || fail "$1: the value of $name has characters that cannot stand there"
      text+=$value
    done
    text+=$line$'\n'
  done <"$1"
  printf '%s' "$text" | write_file "$2" "$3"
}

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

# curl_meaning STATUS: what went wrong, and where to look.
curl_meaning() {
  case $1 in
    5) say "curl exit 5: the proxy's name does not resolve" ;;
    6) say "curl exit 6: the host name does not resolve; check network.dns_nameservers" ;;
    7) say "curl exit 7: connection refused or no route; check the router, firewalls and proxy" ;;
    22) say "curl exit 22: the server answered with an error" ;;
    28) say "curl exit 28: no answer in time; check firewalls, proxy and MTU" ;;
    35) say "curl exit 35: the TLS handshake failed; check the MTU and the server" ;;
    56) say "curl exit 56: the connection broke" ;;
    60) say "curl exit 60: the certificate is not trusted; check tls.trusted_ca_files and the clock" ;;
    *) say "curl exit $1" ;;
  esac
}

# run_hooks FOLDER: each script in name order; the first that fails ends it.
run_hooks() {
  local hook
  for hook in "$ETC/hooks/$1"/*; do
    [[ -e $hook ]] || continue
    say "hook ${hook##*/}"
    NODE_NAME=$NODE_NAME NODE_INDEX=$NODE_INDEX "$hook"
  done
}
