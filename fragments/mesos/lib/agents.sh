# shellcheck shell=bash
# What agents share: the address that masters reach this one at, and its credential.
use addresses route

: "${JEROBOAM_MESOS_AGENT_SECRET?}"

# shellcheck disable=SC2034
NODE_ADDRESS=$(source_address "$(master_address 0)")
# shellcheck disable=SC2034
AGENT_SECRET=$(base64 -d <<<"$JEROBOAM_MESOS_AGENT_SECRET")
