"""What a store's refusal means: what happened, and what to do about it."""

from __future__ import annotations

from jeroboam.deploy.errors import CloudError
from jeroboam.deploy.exchange import excerpt
from jeroboam.deploy.stores.address import StoreAddress, StoreKind
from jeroboam.deploy.stores.listing import s3_error
from jeroboam.escape import shell

GONE, CHANGED = 404, 412
_AWAY = frozenset({408, 425, 429, 500, 502, 503, 504})
_FULL = frozenset({413, 507})
_FULL_CODES = ("QuotaExceeded", "BucketQuotaExceeded", "StorageFull", "EntityTooLarge")
_DAMAGED = 422
"""Of Swift: the body is not what the header ETag says."""
_DAMAGED_CODES = frozenset({"BadDigest", "XAmzContentSHA256Mismatch", "IncompleteBody", "RequestTimeout"})
_REGION_CODES = frozenset({"AuthorizationHeaderMalformed", "PermanentRedirect", "TemporaryRedirect"})
_MISREAD = "the answer is not understood"


def refusal(
    what: str, status: int, reason: str, body: bytes, address: StoreAddress, who: str = ""
) -> CloudError:
    """That a store cannot do `what`, by the status of its answer, the words of that, and its body.

    `who` is where the keys of S3 are from, in words.
    """
    code, message = s3_error(body) if address.kind is StoreKind.S3 else ("", "")
    said = excerpt(f"{code}: {message}" if code else reason) or "no reason given"
    temporary = status in _AWAY or status == _DAMAGED or code in _DAMAGED_CODES
    return CloudError(
        f"cannot {what}: {said} ({status})",
        _hint(status, code, address, who),
        temporary=temporary,
        status=status,
    )


def misread(what: str, why: object) -> CloudError:
    """That an answer is none of a store's."""
    return CloudError(
        f"cannot {what}: {_MISREAD}: {excerpt(str(why))}",
        "something between here and the store may answer in its place: look at the address",
        temporary=True,
    )


def _hint(status: int, code: str, address: StoreAddress, who: str) -> str | None:
    if status in _FULL or code.endswith(_FULL_CODES):
        return "the store is full, or its quota is: keep fewer with --keep, or have the quota raised"
    if code == "RequestTimeTooSkewed":
        return "this machine's clock is off by more than 15 minutes"
    if code in _REGION_CODES or status in (301, 302, 307, 308):
        return "set AWS_REGION to the region of the bucket, and name that region's own host in the address"
    if status in (401, 403):
        return _rights(code, address, who)
    if status == GONE and code != "NoSuchKey":
        return f"make it once: {_making(address)}"
    return None


def _rights(code: str, address: StoreAddress, who: str) -> str:
    if address.kind is StoreKind.SWIFT:
        return (
            "the login needs a role that may use object storage in this project, mostly 'member', or a place "
            f"in the container's ACL: {shell('openstack', 'container', 'show', address.container)}"
        )
    if code in ("InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"):
        return f"look at {who}, where the keys are from"
    return (
        f"the keys, of {who}, need s3:ListBucket, s3:PutObject and s3:GetObject there, and with --keep "
        "s3:DeleteObject"
    )


def _making(address: StoreAddress) -> str:
    if address.kind is StoreKind.SWIFT:
        return shell("openstack", "container", "create", address.container)
    return shell("aws", "--endpoint-url", address.endpoint, "s3", "mb", f"s3://{address.container}")
