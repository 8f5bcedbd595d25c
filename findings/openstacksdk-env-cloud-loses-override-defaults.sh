#!/bin/bash
# openstacksdk 4.22.0: OpenStackConfig(override_defaults=…) holds for clouds of clouds.yaml, not for the one made of OS_* variables.
#
# Seen: api_timeout 30 and interface "internal" of override_defaults arrive at a named cloud; the cloud "envvars" has
# no time limit and the interface "public". A program that gives its connections a time limit in this way has none
# as soon as its user sets OS_AUTH_URL instead of OS_CLOUD. Jeroboam sets the limit on the session instead.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check openstacksdk==4.22.0
cat > "$work/clouds.yaml" << 'YAML'
clouds:
  named:
    auth: {auth_url: https://keystone.example/v3, username: u, password: p, project_name: p, user_domain_name: Default, project_domain_name: Default}
YAML
cat > "$work/ask.py" << 'PYTHON'
import sys
from openstack.config import OpenStackConfig

wanted = {"api_timeout": 30, "interface": "internal"}
cloud = OpenStackConfig(config_files=[sys.argv[1]], override_defaults=wanted).get_one(sys.argv[2])
print(sys.argv[2], {key: cloud.config.get(key) for key in wanted})
PYTHON
export OS_AUTH_URL=https://keystone.example/v3 OS_USERNAME=u OS_PASSWORD=p OS_PROJECT_NAME=p
export OS_USER_DOMAIN_NAME=Default OS_PROJECT_DOMAIN_NAME=Default
seen=$(for cloud in named envvars; do env --chdir "$work" "$work/venv/bin/python" ask.py clouds.yaml "$cloud"; done)
expected="named {'api_timeout': 30, 'interface': 'internal'}
envvars {'api_timeout': None, 'interface': 'public'}"
diff <(echo "$expected") <(echo "$seen")
echo "as seen: $seen"
