#!/bin/bash
use daemons kubernetes masters

await_daemon kubelet "this master's API server" api_ready "$NODE_ADDRESS"
