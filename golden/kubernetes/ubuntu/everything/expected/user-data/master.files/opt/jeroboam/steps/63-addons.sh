#!/bin/bash
use kubernetes raise retry tokens

BOOTSTRAP_TOKEN=$(window_token "$WINDOW")
fill_config init
retry 20 6 raise_addons "$ADMIN"
rm -f "$RUN/init.yaml"
