#!/bin/sh
set -eu
printf 'joined: %s\n' "$(hostname)"
