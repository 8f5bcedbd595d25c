#!/bin/bash
# neutron 29.0.0: two security group rules that differ in their descriptions alone are one, and the second is refused.
#
# Seen: the key by which Neutron looks for a rule of the group that is the same leaves the description out, so a template with two
# rules of one range, each described for what it is for, ends with 409 SecurityGroupRuleExists. Rules that differ in their remote range
# have two keys. Jeroboam writes each rule once by what Neutron compares. Minutes: Neutron's requirements are many.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check neutron==29.0.0
cat > "$work/ask.py" << 'PYTHON'
from neutron.db.securitygroups_db import SecurityGroupDbMixin

rule = {
    "direction": "ingress", "ethertype": "IPv4", "protocol": "tcp", "port_range_min": 6443, "port_range_max": 6443,
    "remote_ip_prefix": "10.0.0.0/24", "security_group_id": "g", "description": "the API",
}
key = object.__new__(SecurityGroupDbMixin)._rule_to_key
for change in {"description": "the load balancer"}, {"remote_ip_prefix": "10.0.1.0/24"}:
    print(*change, "differs:", "one rule" if key(rule) == key(rule | change) else "two rules")
PYTHON
seen=$("$work/venv/bin/python" "$work/ask.py" 2> /dev/null)
expected="description differs: one rule
remote_ip_prefix differs: two rules"
diff <(echo "$expected") <(echo "$seen")
echo "as seen: $seen"
