"""Slips in a cloud's settings that openstacksdk takes, and the libraries below it stumble over later."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jeroboam.deploy.errors import CloudError
from jeroboam.deploy.exchange import excerpt, plain_url
from jeroboam.storage.inputs import InputError, contents

_ABSENT = (None, "")
_FILES = {
    "cacert": ("CA", "OS_CACERT"),
    "cert": ("client's certificate", "OS_CERT"),
    "key": ("client's key", "OS_KEY"),
}
_LARGEST = 16 << 20
"""Bytes of a certificate file; a distribution's bundle of all CAs has a quarter of a MiB."""
_TEXTS = {"auth_type": str, "region_name": str, "interface": str | list, "verify": bool | str}


def slips(config: Mapping[str, Any]) -> Iterator[CloudError]:
    """What is wrong in the settings of one cloud, as CloudRegion.config has them."""
    auth = config.get("auth")
    yield from _address(auth.get("auth_url") if isinstance(auth, Mapping) else None)
    yield from _files(config)
    for key, kind in _TEXTS.items():
        value = config.get(key)
        if value not in _ABSENT and not isinstance(value, kind):
            yield _slip(f"'{key}' cannot be {excerpt(repr(value))}", f"'{key}' in clouds.yaml")
    if not _is_time(config.get("api_timeout")):
        shown = excerpt(repr(config["api_timeout"]))
        yield _slip(f"'api_timeout' is not a number of seconds: {shown}", "'api_timeout' in clouds.yaml")


def _address(address: Any) -> Iterator[CloudError]:
    if address not in _ABSENT and not _is_address(address):
        yield _slip(
            f"'auth_url' is not a Keystone URL: '{plain_url(str(address))}'",
            "'auth_url' in clouds.yaml, or OS_AUTH_URL: https://cloud.example.com:5000/v3 for instance",
        )


def _is_address(address: Any) -> bool:
    if not isinstance(address, str) or not address.isprintable() or " " in address:
        return False
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _files(config: Mapping[str, Any]) -> Iterator[CloudError]:
    for key, (what, variable) in _FILES.items():
        named = config.get(key)
        unused = key == "cacert" and (config.get("insecure") or config.get("verify") is False)
        wrong = None if named in _ABSENT or unused else _wrong_file(named, certificates=key == "cacert")
        if wrong:
            yield _slip(f"the file of its {what} {wrong}", f"'{key}' in clouds.yaml, or {variable}")
    if config.get("key") not in _ABSENT and config.get("cert") in _ABSENT:
        yield _slip("'key' needs 'cert', the client certificate that it belongs to", "'cert', or OS_CERT")


def _wrong_file(named: Any, *, certificates: bool) -> str | None:
    """What is wrong with a file that settings name, None where nothing is."""
    if not isinstance(named, str):
        return f"is not named by a path: {excerpt(repr(named))}"
    path = Path(named).expanduser()
    try:
        if not path.exists():
            return f"is not there: {excerpt(named)}"
        if path.is_dir() and certificates:
            return None
        if not path.is_file():
            return f"is not a file: {excerpt(named)}"
        contents(str(path), most=_LARGEST)
        if certificates:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except InputError as error:
        return f"cannot be used: {excerpt(named)}: {error}"
    except (OSError, ValueError) as error:
        why = "no certificate in it" if isinstance(error, ssl.SSLError) else getattr(error, "strerror", error)
        return f"cannot be used: {excerpt(named)}: {why}"
    return None


def _is_time(value: Any) -> bool:
    try:
        return value in _ABSENT or float(value) > 0
    except (TypeError, ValueError):
        return False


def _slip(what: str, see: str) -> CloudError:
    return CloudError(f"cannot log in to the cloud: {what}", f"see {see}")
