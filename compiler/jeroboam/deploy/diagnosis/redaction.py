"""What must not leave the machine: secrets found by their names and by their shapes, and taken out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

T = TypeVar("T")

REMOVED = "[removed]"

_NAMES = re.compile(
    r"(?i)pass(?:word|wd|phrase)|secret|token|psk|private_?key|(?:ca|encryption|unlock|account)[-_]key"
    r"|credential|user_?data"
)
"""Names of things whose values are secret."""
_HARMLESS = re.compile(r"(?i)[-_](?:handle|id|ref|cert)$|^(?:steps?|name|reason|status)$")

_WORD = (
    r"[\w.-]*(?:pass(?:word|wd|phrase)|secret|token|psk|(?:private|ca|encryption|unlock|account)[-_]?key)"
    r"[\w.-]*"
)
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, flags), replacement)
    for pattern, replacement, flags in (
        # PEM, whole or cut off at either end of what was read.
        (
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
            REMOVED,
            re.DOTALL,
        ),
        (r"\b(?:LS0tLS1CRUdJTi|H4sI)[A-Za-z0-9+/=]{16,}", REMOVED, 0),
        # `Name: value` of HTTP, then JSON and shell, where names tell.
        (
            r"(?i)\b((?:X-(?:Auth|Subject|Service)-Token|Authorization)\"?'?\s*[:=]\s*)[\"']?[^\r\n\"']+",
            rf"\1{REMOVED}",
            0,
        ),
        (r"\b(JEROBOAM_(?:SIGNAL|PROGRESS)=).*", rf"\1{REMOVED}", 0),
        (rf"(?i)(\\?[\"']{_WORD}\\?[\"']\s*:\s*\\?[\"'])(?:\\\\.|[^\"'\\])*", rf"\1{REMOVED}", 0),
        (rf"(?i)((?<![\w/.-]){_WORD}\s*=\s*)(?:'[^']*'|\"[^\"]*\"|[^\s'\"&,;]+)", rf"\1{REMOVED}", 0),
        (rf"(?i)(^|[\s|]){_WORD}:\s+(?=\S{{8,}})(?!\[)[^\s,;]+", rf"\1secret: {REMOVED}", re.MULTILINE),
        (
            r"(?i)(--(?:token|password|certificate-key)[ =])(?:'[^']*'|\"[^\"]*\"|\S+)",
            rf"\1{REMOVED}",
            0,
        ),
        # Shapes that tell without a name: Fernet, JWT, kubeadm, Swarm, pre-signed addresses, logins in URLs.
        (r"\bgAAAA[A-Za-z0-9_-]{20,}={0,2}", REMOVED, 0),
        (r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*", REMOVED, 0),
        (r"\b[a-z0-9]{6}\.[a-z0-9]{16}\b", REMOVED, 0),
        (r"\bSWM(?:TKN|KEY)-1-[A-Za-z0-9+/=-]+", REMOVED, 0),
        (r"(?i)([?&](?:Signature|temp_url_sig|AWSAccessKeyId|token)=)[^&\s\"']+", rf"\1{REMOVED}", 0),
        (r"([a-z][a-z0-9+.-]*://)[^/\s:@\"']*:[^/\s@\"']+@", rf"\1{REMOVED}@", 0),
    )
)


def redacted(text: str) -> str:
    """`text` without what looks like a secret."""
    for pattern, replacement in _SHAPES:
        text = pattern.sub(replacement, text)
    return text


def without_secrets(data: Any) -> Any:
    """Plain data (mappings, sequences, text) without secrets, by names and by shapes."""
    if isinstance(data, str):
        return redacted(data)
    if isinstance(data, Mapping):
        return {
            key: REMOVED if value and _secret(str(key)) else without_secrets(value)
            for key, value in data.items()
        }
    if isinstance(data, list | tuple):
        return [without_secrets(value) for value in data]
    return data


def cleaned(fact: T) -> T:
    """A fact, a frozen dataclass, with all its texts redacted."""
    return _clean(fact)  # type: ignore[no-any-return]


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return redacted(value) if type(value) is str else value
    if isinstance(value, tuple):
        if value and all(isinstance(part, str) for part in value):
            # Lines: a key goes over several of them.
            return tuple(redacted("\n".join(value)).split("\n"))
        return tuple(_clean(part) for part in value)
    if isinstance(value, Mapping):
        return without_secrets(value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _clean(getattr(value, f.name)) for f in fields(value)})
    return value


def _secret(name: str) -> bool:
    return bool(_NAMES.search(name)) and not _HARMLESS.search(name)
