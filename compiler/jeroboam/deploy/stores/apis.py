"""The two kinds of stores: Swift, by the login of a cloud, and whatever speaks S3, by keys of its own.

Facts: OpenStack Object Storage API v1; Amazon S3 API Reference (PutObject, GetObject, ListObjectsV2).
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from jeroboam.deploy.connection import Cloud, bare_session
from jeroboam.deploy.stores.address import StoreAddress
from jeroboam.deploy.stores.aws import aws_keys, aws_region
from jeroboam.deploy.stores.listing import ListingPage, s3_page, swift_page
from jeroboam.deploy.stores.sigv4 import EMPTY_SHA256, AwsKeys, amz_date, authorization, host_of
from jeroboam.deploy.stores.store import ObjectBody, ObjectStore

_SIGNED = ("range", "content-md5")


def object_store(address: StoreAddress, cloud: Cloud | None, tell: Callable[[str], None]) -> ObjectStore:
    """The store at an address, of which nothing is asked yet; Swift is the cloud's.

    Raises CloudError where there are no keys of S3.
    """
    if address.endpoint:
        return ObjectStore(address, _S3(address.endpoint, aws_keys(os.environ), aws_region(os.environ)), tell)
    assert cloud is not None
    return ObjectStore(address, _Swift(cloud), tell)


class _Swift:
    """The object store of a cloud's catalogue."""

    mark_header = "x-object-meta-"
    who = "the login"

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def send(self, method: str, path: str, headers: Mapping[str, str], data: Any) -> Any:
        """As StoreApi has it."""
        # After a new login a body would be sent again from where it ended; `put` asks for one before.
        more = {} if data is None else {"data": data, "allow_reauth": False}
        return self._cloud.sdk.object_store.request(
            f"/{path}", method, headers=dict(headers), redirect=False, skip_cache=True, **more
        )

    def query(self, begin: str, more: str, most: int) -> Mapping[str, str]:
        """As StoreApi has it."""
        asked = {"format": "json", "prefix": begin, "delimiter": "/", "marker": more}
        return {**asked, "limit": str(most)} if most else asked

    def page(self, body: bytes) -> ListingPage:
        """As StoreApi has it."""
        return swift_page(body)

    def digests(self, body: ObjectBody) -> Mapping[str, str]:
        """As StoreApi has it."""
        return {"ETag": body.md5.hex()}


class _S3:
    """A store that speaks S3; the bucket is in the path, as all such stores take it."""

    mark_header = "x-amz-meta-"

    def __init__(self, endpoint: str, keys: AwsKeys, region: str) -> None:
        self._endpoint, self._keys, self._region = endpoint, keys, region
        self.who = keys.source
        secret = frozenset(filter(None, (keys.secret_key, keys.token)))
        verify = os.environ.get("AWS_CA_BUNDLE") or True
        self._session = bare_session(f"the access key {keys.access_key}", secret, verify=verify)

    def send(self, method: str, path: str, headers: Mapping[str, str], data: Any) -> Any:
        """As StoreApi has it."""
        more = {} if data is None else {"data": data}
        return self._session.request(
            f"{self._endpoint}/{path}", method, headers=dict(headers), requests_auth=self._signed,
            authenticated=False, raise_exc=False, redirect=False, **more,
        )  # fmt: skip

    def query(self, begin: str, more: str, most: int) -> Mapping[str, str]:
        """As StoreApi has it."""
        asked = {"list-type": "2", "prefix": begin, "delimiter": "/"}
        return {
            **asked,
            **({"continuation-token": more} if more else {}),
            **({"max-keys": str(most)} if most else {}),
        }

    def page(self, body: bytes) -> ListingPage:
        """As StoreApi has it."""
        return s3_page(body)

    def digests(self, body: ObjectBody) -> Mapping[str, str]:
        """As StoreApi has it."""
        return {"Content-MD5": b64encode(body.md5).decode("ascii"), "x-amz-content-sha256": body.sha256}

    def _signed(self, request: Any) -> Any:
        """Signs a request as it will be sent: requests calls it last, so no ~/.netrc replaces it."""
        now = datetime.now(UTC)
        request.headers.setdefault("x-amz-content-sha256", EMPTY_SHA256)
        request.headers["x-amz-date"] = amz_date(now)
        if self._keys.token:
            request.headers["x-amz-security-token"] = self._keys.token
        signed = {
            k: v for k, v in request.headers.items() if k.lower().startswith("x-amz-") or k.lower() in _SIGNED
        }
        request.headers["Authorization"] = authorization(
            request.method,
            request.url,
            {**signed, "host": host_of(request.url)},
            self._keys,
            self._region,
            now,
        )
        return request
