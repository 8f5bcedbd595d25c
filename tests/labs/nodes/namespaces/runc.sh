#!/bin/sh
# runc.sh ARGUMENTS: runc of a node of namespaces, found before the real one. A container gets the node's clock; where nobody
# may lower an OOM score, for want of CAP_SYS_RESOURCE, it goes without.
clock='{"destination":"/.clock","type":"bind","source":"/.clock","options":["bind","ro"]}'
scores= last=
if [ $((0x$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status) >> 24 & 1)) = 0 ]; then
  scores='s/"oomScoreAdj":-[0-9]*/"oomScoreAdj":0/'
fi
for word; do
  case $last in
    --bundle) sed -i -e "s|\"mounts\":\[|&$clock,|" -e "$scores" "$word/config.json" ;;
    --process) sed -i -e "$scores" "$word" ;;
  esac
  last=$word
done
PATH=/usr/local/bin:/opt/bin:/usr/bin exec runc "$@"
