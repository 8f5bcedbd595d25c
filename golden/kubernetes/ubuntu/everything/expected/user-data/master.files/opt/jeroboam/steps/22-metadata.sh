#!/bin/bash

systemctl start jeroboam-metadata.service ||
  fail "containers can reach the metadata service: $(last_lines jeroboam-metadata)"
bash "$LIB/metadata.sh" verify
say "containers cannot reach the metadata service"
