# shellcheck shell=bash
# What masters share: which of them this one is, and the secrets that only they hold.
use addresses credentials

: "${JEROBOAM_MESOS_MARATHON_SECRET?}" "${JEROBOAM_MESOS_ADMIN_PASSWORD?}"

# shellcheck disable=SC2034
NODE_ADDRESS=$(master_address "$NODE_INDEX")
read_agents
# shellcheck disable=SC2034
MARATHON_SECRET=$(base64 -d <<<"$JEROBOAM_MESOS_MARATHON_SECRET")
# shellcheck disable=SC2034
ADMIN_PASSWORD=$(base64 -d <<<"$JEROBOAM_MESOS_ADMIN_PASSWORD")
