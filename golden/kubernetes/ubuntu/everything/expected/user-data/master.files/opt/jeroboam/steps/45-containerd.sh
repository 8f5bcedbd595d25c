#!/bin/bash
use retry

systemctl daemon-reload
systemctl enable --quiet containerd.service
systemctl restart containerd.service || fail "containerd does not start: $(last_lines containerd)"
retry 30 2 ctr version >/dev/null || fail "containerd does not answer: $(last_lines containerd)"
