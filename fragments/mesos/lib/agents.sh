# shellcheck shell=bash
# What agents share: the address that masters reach this one at, and its credential.
use addresses credentials route

# shellcheck disable=SC2034
NODE_ADDRESS=$(source_address "$(master_address 0)")
read_agents
