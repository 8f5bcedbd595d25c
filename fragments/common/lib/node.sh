# shellcheck shell=bash
# What every script starts from: where things are, what the node is told, and its name.
# JEROBOAM_ROOT stands for / in tests.

# Bytes, not letters of some language, in every pattern below.
LC_ALL=C
ROOT=${JEROBOAM_ROOT:-}
ETC=$ROOT/etc/jeroboam
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

# use LIBRARY...: sources each, once.
declare -A USED=()
use() {
  local library
  for library; do
    if [[ -v USED[$library] ]]; then continue; fi
    USED[$library]=yes
    # shellcheck disable=SC1090
    . "$LIB/lib/$library.sh"
  done
}
use log

# value_at LIST INDEX: the value of INDEX in a list such as "0=a 1=b".
value_at() {
  local pair
  for pair in $1; do
    if [[ ${pair%%=*} == "$2" ]]; then
      say "${pair#*=}"
      return 0
    fi
  done
  say "node $NODE_NAME: no value is listed for index '$2'" >&2
  return 1
}
