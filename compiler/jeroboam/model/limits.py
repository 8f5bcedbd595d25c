"""Nova's limit on user data: 65,535 characters of base64 (nova/api/openstack/compute/schemas/servers.py)."""

BASE64_CHARACTERS = 65_535
RAW_BYTES = BASE64_CHARACTERS // 4 * 3

PLAIN_BYTES = RAW_BYTES - 11 * 1024
"""Up to here a document is left as readable text; the rest is what Heat's values can grow to."""
