#!/bin/bash
use hooks

run_hooks pre
