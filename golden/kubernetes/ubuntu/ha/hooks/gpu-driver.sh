#!/bin/sh
set -e
# The node must not take pods before its driver is there.
modprobe nvidia
