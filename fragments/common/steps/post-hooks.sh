#!/bin/bash
# Runs the spec's hooks.post_bootstrap.
use hooks

run_hooks post
