#!/bin/bash
# Ends only when this master's API server says of itself that it is ready.
use daemons kubernetes masters

await_daemon kubelet "this master's API server" api_ready "$NODE_ADDRESS"
