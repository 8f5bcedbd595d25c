#!/bin/bash
# Starts Docker with the configuration that the node's files hold.
use retry

# An image's own Docker would open the same socket, now or at the next boot.
systemctl stop docker.socket docker.service 2>/dev/null || :
systemctl mask --quiet docker.socket
systemctl daemon-reload
systemctl enable --quiet docker.service
systemctl restart docker.service || fail "Docker does not start: $(last_lines docker)"
retry 30 2 docker version --format 'Docker {{.Server.Version}}' || fail "Docker does not answer: $(last_lines docker)"
