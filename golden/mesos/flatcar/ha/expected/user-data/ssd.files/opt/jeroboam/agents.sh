# shellcheck shell=bash
# What agents share: the address that masters reach this one at, and its credential.

: "${JEROBOAM_MESOS_AGENT_SECRET?}"

# shellcheck disable=SC2034
NODE_ADDRESS=$(own_address)
# shellcheck disable=SC2034
AGENT_SECRET=$(base64 -d <<<"$JEROBOAM_MESOS_AGENT_SECRET")
