"""Jeroboam: from a short cluster spec to a complete OpenStack Heat template."""
