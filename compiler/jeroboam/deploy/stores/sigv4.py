"""Signatures of requests to S3: AWS Signature Version 4, in the header Authorization.

Facts: Amazon S3 API Reference, "Authenticating Requests: Using the Authorization Header (AWS Signature
Version 4)" and its four examples, which are the tests'.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
"""The digest of no body."""
_ALGORITHM = "AWS4-HMAC-SHA256"
_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class AwsKeys:
    """Who signs; `source` says where the keys are from, in words."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str = field(default="", repr=False)
    source: str = ""


def amz_date(now: datetime) -> str:
    """A time in UTC as X-Amz-Date has it."""
    return f"{now:%Y%m%dT%H%M%SZ}"


def host_of(url: str) -> str:
    """The header Host that HTTP clients send for a URL: a scheme's own port is left out."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2].lower().removesuffix(_PORTS.get(parts.scheme, ""))


def authorization(
    method: str, url: str, headers: Mapping[str, str], keys: AwsKeys, region: str, now: datetime
) -> str:
    """The header Authorization of a request with these headers, all of which are signed.

    `url` is encoded as it is sent, once; `headers` has Host and X-Amz-Content-Sha256; `now` is in UTC.
    """
    signed = sorted((name.lower(), " ".join(value.split())) for name, value in headers.items())
    names = ";".join(name for name, _ in signed)
    parts = urlsplit(url)
    query = sorted((it if "=" in it else f"{it}=").split("=", 1) for it in parts.query.split("&") if it)
    asked = "\n".join(
        (
            method,
            parts.path or "/",
            "&".join("=".join(pair) for pair in query),
            *(f"{name}:{value}" for name, value in signed),
            "",
            names,
            dict(signed)["x-amz-content-sha256"],
        )
    )
    scope = f"{now:%Y%m%d}/{region}/s3/aws4_request"
    text = "\n".join((_ALGORITHM, amz_date(now), scope, hashlib.sha256(asked.encode()).hexdigest()))
    key = f"AWS4{keys.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    return f"{_ALGORITHM} Credential={keys.access_key}/{scope},SignedHeaders={names},Signature={signature}"
