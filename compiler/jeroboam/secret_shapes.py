"""Patterns of secrets by the name beside them, and by their own form. Every pattern is linear in the text."""

from __future__ import annotations

import re

_BASE64 = "[A-Za-z0-9+/]"
_START = "(?<![A-Za-z0-9_-])"
"""No part of a longer word: what fails after many characters is then not tried again at each of them."""

NAME = (
    r"(?i:psk|passw(?:or)?d|\bpwd|passphrase|secret|token|cookie|credentials?"
    r"|(?:access|api|auth|client|encryption|pre[-_]?shared|private|signing)[-_]?key)"
)
"""How the name of a secret ends."""

PEM_KEY = r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
"""How a private key begins (RFC 7468; OpenPGP's ends in BLOCK)."""

# An ASN.1 SEQUENCE whose first element is the version 0 or 1, in base64, by the length of its length: PKCS #1
# and #8, SEC 1. Certificates, requests and public keys begin with another SEQUENCE or a longer INTEGER.
DER_KEY = (
    rf"(?<![A-Za-z0-9+/])(?:M{_BASE64}{{2}}CAQ[AE]|MI[GH]{_BASE64}AgE[AB]|MII{_BASE64}{{2}}[AQgw]IBA)"
    rf"{_BASE64}{{24,}}={{0,2}}(?:(?:\\n|\r?\n){_BASE64}{{1,80}}={{0,2}}(?![^\s\\\"'`]))*"
)
LOGIN = r"(?<=[A-Za-z0-9+.-]://)[^/\s:@\"']{0,256}:[^/\s\"']{1,1024}(?=@)"
"""User and password in a URL."""

TOKENS: dict[str, str] = {
    "a Fernet token": rf"{_START}gAAAA[A-Za-z0-9_-]{{20,}}={{0,2}}",
    "a JSON Web Token": rf"{_START}eyJ[\w=-]{{8,}}\.[\w=-]{{8,}}(?:\.[\w=-]*)?",
    "a token or key of a swarm": r"\bSWM(?:TKN|KEY)-1-[A-Za-z0-9+/=-]+",
    "a key that opens sealed secrets": r"\bjeroboam-seal(?::[0-9a-f]{64}){1,2}",
    "a sealed secret": r"\bU2FsdGVkX1[A-Za-z0-9+/=]{20,}",
    "an AWS key": r"\b(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[A-Z0-9]{16}",
    "a GitHub token": r"\b(?:gh[oprsu]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{22,})",
    "a GitLab token": rf"{_START}gl(?:pat|dt|rt|ptt|cbt|agent|ft|soat|imt)-[A-Za-z0-9_.-]{{20,}}",
    "a Slack token": r"\bxox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,}",
    "a Google key": rf"{_START}(?:AIza[A-Za-z0-9_-]{{35}}|ya29\.[A-Za-z0-9_-]{{20,}})",
    "a Stripe key": r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{20,}",
    "an OpenAI key": rf"{_START}sk-[A-Za-z0-9_-]{{20,}}",
    "an npm token": r"\bnpm_[A-Za-z0-9]{36}",
    "a PyPI token": r"\bpypi-AgE[A-Za-z0-9_-]{20,}",
    "a Docker Hub token": r"\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}",
    "a Vault token": r"\bhv[bs]\.[A-Za-z0-9_-]{20,}",
    "a SendGrid key": r"\bSG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}",
    "an age key": r"\bAGE-SECRET-KEY-1[A-Z0-9]{50,}",
}
"""Patterns by what they are; of a form that nothing else has."""


def token_in(text: str) -> str | None:
    """The kind of token that the text contains, if any."""
    return next((kind for kind, pattern in _COMPILED.items() if pattern.search(text)), None)


_COMPILED = {kind: re.compile(pattern) for kind, pattern in TOKENS.items()}
