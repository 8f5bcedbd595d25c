#!/bin/bash
# Raises kube-proxy and CoreDNS to what this master's files say, once every master runs its version.
use kubernetes raise retry tokens

# shellcheck disable=SC2034
BOOTSTRAP_TOKEN=$(window_token "$WINDOW")
fill_config init
retry 20 6 raise_addons "$ADMIN"
rm -f "$RUN/init.yaml"
