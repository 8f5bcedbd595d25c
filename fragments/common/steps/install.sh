#!/bin/bash
# Installs what artifacts.list names, each verified.
use download

install_artifacts "$ETC/artifacts.list"
systemctl daemon-reload
