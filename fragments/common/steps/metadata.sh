#!/bin/bash
# Makes sure that containers cannot ask the metadata service for the node's secrets, before there is the first one.

systemctl start jeroboam-metadata.service ||
  fail "the metadata service is open to containers: $(last_lines jeroboam-metadata)"
bash "$LIB/metadata.sh" verify
say "the metadata service is closed to containers"
