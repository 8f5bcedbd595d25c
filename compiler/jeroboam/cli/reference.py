"""`schema` and `explain`: what a spec may say."""

from __future__ import annotations
