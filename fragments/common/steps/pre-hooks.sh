#!/bin/bash
# Runs the spec's hooks.pre_bootstrap.
use hooks

run_hooks pre
