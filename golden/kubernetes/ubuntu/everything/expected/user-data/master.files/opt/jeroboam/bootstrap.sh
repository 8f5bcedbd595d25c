#!/bin/bash
set -euo pipefail
proxy=${JEROBOAM_ROOT:-}/opt/jeroboam/proxy.sh
proxy_problem=
if [[ -e $proxy ]]; then
  proxy_problem=$(bash "${proxy%/*}/run.sh" "$proxy" 2>&1) && proxy_problem=
fi
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib/node.sh"
use json signal

: "${JEROBOAM_SIGNAL:?}" "${JEROBOAM_PROGRESS:?}" "${JEROBOAM_BOOTSTRAP_SECONDS:?}" "${JEROBOAM_CLUSTER:?}"
: "${JEROBOAM_COE_VERSION:?}" "${JEROBOAM_CONFIG:?}" "${JEROBOAM_SECRETS?}"

CONSOLE=${JEROBOAM_CONSOLE:-/dev/console}
LOG=$ROOT/var/log/jeroboam/bootstrap.log
SIGNAL_TRIES=10
STEPS=("$LIB"/steps/*.sh)
number=0
name=start
began=$SECONDS
progress_silent_until=0

report() {
  local line="jeroboam: node=$NODE_NAME step=$number/${#STEPS[@]} name=$name status=$1 seconds=$((SECONDS - began))"
  if (($# > 1)); then line+=" reason=\"$(json_text "$2" 900)\""; fi
  say "$line" | tee -a "$LOG"
  { printf '%s\n' "$line" >>"$CONSOLE"; } 2>/dev/null || :
}

progress() {
  local body
  if ((SECONDS < progress_silent_until)); then return 0; fi
  body='{"status":"SUCCESS","id":"'$NODE_NAME'","reason":"step '$number/${#STEPS[@]}' '$name'",'
  body+='"data":{"step":'$number',"steps":'${#STEPS[@]}',"name":"'$name'","seconds":'$SECONDS'}}'
  if ! (SIGNAL_CONNECT_SECONDS=5 && send_signal "$JEROBOAM_PROGRESS" "$body" 1); then
    progress_silent_until=$((SECONDS + 60))
  fi
}

made_from() {
  local system said
  system=$(sed -n "s/^PRETTY_NAME=[\"']*\([^\"']*\).*/\1/p" "$ROOT/etc/os-release" 2>/dev/null) || system=
  system=$(json_text "$system" 90)
  said='"coe_version":"'$JEROBOAM_COE_VERSION'","config":"'$JEROBOAM_CONFIG'","system":"'$system'"'
  say "{$said,\"secrets\":\"$JEROBOAM_SECRETS\"}"
}

signal_heat() {
  local body
  body='{"status":"'$1'","id":"'$NODE_NAME'","reason":"'$(json_text "$2" 900)'","data":'$(made_from)'}'
  began=$SECONDS
  name=signal
  touch "$RUN/ended"
  if send_signal "$JEROBOAM_SIGNAL" "$body" "$SIGNAL_TRIES"; then return 0; fi
  report failed "$1 could not be signalled: $SIGNAL_PROBLEM"
  return 1
}

fail_node() {
  report failed "$1"
  signal_heat FAILURE "$1" || :
  exit "${2:-1}"
}

set_host_name() {
  local problem
  NODE_NAME=${AFTERBURN_OPENSTACK_HOSTNAME:-$(uname -n)}
  NODE_NAME=${NODE_NAME%%.*}
  [[ $NODE_NAME =~ ^"$JEROBOAM_CLUSTER"-.+-[0-9]+$ ]] ||
    fail_node "this host is named $NODE_NAME, which is not the name of a node of cluster $JEROBOAM_CLUSTER"
  if [[ $NODE_NAME != "$(uname -n)" ]]; then
    problem=$(hostnamectl set-hostname "$NODE_NAME" 2>&1) ||
      fail_node "this host cannot be named $NODE_NAME: $problem"
  fi
}

seconds_left() {
  local reserve=$((JEROBOAM_BOOTSTRAP_SECONDS / 10))
  if ((reserve > 90)); then reserve=90; fi
  say $((JEROBOAM_BOOTSTRAP_SECONDS - reserve - SECONDS - before_start))
}

count_from_power_on() {
  local uptime=0
  before_start=0
  if [[ -e $STATE/attempted ]]; then return 0; fi
  read -r uptime _ <"${JEROBOAM_UPTIME:-/proc/uptime}" || :
  if ((${uptime%%.*} < 3600)); then before_start=${uptime%%.*}; fi
  touch "$STATE/attempted"
}

run_step() {
  local status=0 left sink
  left=$(seconds_left)
  if ((left < 1)); then left=1; fi
  : >"$RUN/output"
  exec 3> >(sed -u -E 's/\b[a-z0-9]{6}\.[a-z0-9]{16}\b/[token]/g' | tee -a "$LOG" "$RUN/output")
  sink=$!
  timeout --kill-after=10 "$left" bash "$LIB/run.sh" "$1" >&3 2>&1 3>&- </dev/null || status=$?
  exec 3>&-
  for ((wait = 0; wait < 10; wait++)); do
    kill -0 "$sink" 2>/dev/null || break
    sleep 0.1
  done
  return "$status"
}

last_output() { grep -v '^[[:space:]]*$' "$RUN/output" | tail -n 3 | tail -c 600 || :; }

run_all() {
  local step status why
  for step in "${STEPS[@]}"; do
    number=$((number + 1))
    name=${step##*/}
    name=${name%.sh}
    began=$SECONDS
    printf '%s\n' "$number $name" >"$RUN/step"
    report start
    progress
    began=$SECONDS
    status=0
    run_step "$step" || status=$?
    if ((status == 0)); then
      sync
      report ok
      continue
    fi
    why="step $name failed (exit $status)"
    if ((status == 124 || status == 137)) && (($(seconds_left) < 1)); then
      why="step $name was still running when the node's $((JEROBOAM_BOOTSTRAP_SECONDS / 60)) minutes were nearly over"
    fi
    why+=": $(last_output)"
    fail_node "$why" "$status"
  done
}

aborted() {
  local why
  if [[ ${SERVICE_RESULT:-success} == success || -e $RUN/ended ]]; then return 0; fi
  if [[ $(systemctl is-system-running) == stopping ]]; then return 0; fi
  SIGNAL_TRIES=3
  read -r number name <"$RUN/step" || :
  why="step $name did not finish: the bootstrap itself was stopped ($SERVICE_RESULT)"
  report failed "$why"
  signal_heat FAILURE "$why"
}

mkdir -p "${LOG%/*}"
if [[ ${1:-} == aborted ]]; then
  aborted
  exit
fi
rm -f "$RUN/ended"
count_from_power_on
set_host_name
if [[ $proxy_problem ]]; then fail_node "the proxy cannot be set: $proxy_problem"; fi
run_all
signal_heat SUCCESS "node $NODE_NAME is up, ${#STEPS[@]} steps, $SECONDS seconds"
report ok
sync
touch "$STATE/bootstrapped"
