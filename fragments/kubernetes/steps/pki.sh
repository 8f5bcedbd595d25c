#!/bin/bash
# Places the cluster's CAs and service account keys where kubeadm looks for them.
use masters

place_pki
