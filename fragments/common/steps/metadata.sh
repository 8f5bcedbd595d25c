#!/bin/bash
# Makes sure that containers cannot ask the metadata service for the node's secrets, before there is the first one.

systemctl start jeroboam-metadata.service ||
  fail "containers can reach the metadata service: $(last_lines jeroboam-metadata)"
bash "$LIB/metadata.sh" verify
say "containers cannot reach the metadata service"
