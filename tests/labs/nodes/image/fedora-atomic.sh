#!/bin/sh
# Gives the root $1 what is Fedora Atomic's own: its account, a name with its domain, and rpm-ostree, which nothing should need.
set -eu
root=$1

sh "$(dirname "$0")/read-only-usr.sh" "$root"
sed -i -e 's/^\( *name:\) debian$/\1 fedora/' -e 's/^\( *gecos:\) Debian$/\1 Fedora/' "$root/etc/cloud/cloud.cfg"
printf 'prefer_fqdn_over_hostname: true\nnetwork: {config: disabled}\n' >>"$root/etc/cloud/cloud.cfg.d/90-stand-in.cfg"
