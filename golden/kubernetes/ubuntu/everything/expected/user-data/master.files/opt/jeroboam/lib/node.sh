
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

for file in "$ETC/cluster.env" "$ETC/heat.env" "$STATE/secrets.env"; do
  if [[ -e $file ]]; then . "$file"; fi
done
if [[ -e $ETC/proxy.env ]]; then
  set -a
  . "$ETC/proxy.env"
  set +a
fi

declare -A USED=()
use() {
  local library
  for library; do
    if [[ -v USED[$library] ]]; then continue; fi
    USED[$library]=yes
    . "$LIB/lib/$library.sh"
  done
}
use log

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
