#!/bin/sh
set -e
# These nodes reach the others by it.
modprobe cdc_mbim
