#!/bin/bash

swapoff --all
[[ -e $ROOT/etc/fstab ]] || exit 0
sed -i -E 's/^([^#[:space:]]\S*\s+\S+\s+swap\s)/# jeroboam: \1/' "$ROOT/etc/fstab"
