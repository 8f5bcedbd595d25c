"""Whose keys S3 is asked with: the variables and files that every client of S3 reads; nothing of argv.

Facts: AWS SDKs and Tools Reference Guide, "Shared config and credentials files" and "Environment variables".
"""

from __future__ import annotations

from collections.abc import Mapping
from configparser import ConfigParser, Error
from pathlib import Path

from jeroboam.deploy.errors import CloudError
from jeroboam.deploy.stores.sigv4 import AwsKeys

_NO_REGION = "us-east-1"
"""What stores that have no regions take."""


def aws_keys(environment: Mapping[str, str]) -> AwsKeys:
    """The keys of AWS_ACCESS_KEY_ID and the like, else of a profile. Raises CloudError without any."""
    access, secret = environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY")
    if access and secret:
        return AwsKeys(access, secret, environment.get("AWS_SESSION_TOKEN", ""), "AWS_ACCESS_KEY_ID")
    path, profile = _file(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials"), _profile(environment)
    held = _section(path, profile)
    access, secret = held.get("aws_access_key_id"), held.get("aws_secret_access_key")
    if not access or not secret:
        raise CloudError(
            f"there are no keys of S3: neither AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, nor the profile "
            f"'{profile}' in '{path}'",
            "set the variables, or AWS_PROFILE; Swift's own S3 takes those of "
            "'openstack ec2 credentials create'",
        )
    return AwsKeys(access, secret, held.get("aws_session_token", ""), f"the profile '{profile}' in '{path}'")


def aws_region(environment: Mapping[str, str]) -> str:
    """The region that a request is signed for. Raises CloudError for a file that is none."""
    found = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    if found:
        return found
    profile = _profile(environment)
    section = profile if profile == "default" else f"profile {profile}"
    return _section(_file(environment, "AWS_CONFIG_FILE", "config"), section).get("region", _NO_REGION)


def _profile(environment: Mapping[str, str]) -> str:
    return environment.get("AWS_PROFILE") or environment.get("AWS_DEFAULT_PROFILE") or "default"


def _file(environment: Mapping[str, str], variable: str, name: str) -> Path:
    return Path(environment.get(variable) or f"~/.aws/{name}").expanduser()


def _section(path: Path, name: str) -> Mapping[str, str]:
    """A section of such a file, empty where there is none."""
    # A secret may hold '%'; a 'default' is a section as the others are.
    parser = ConfigParser(interpolation=None, default_section="")
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, RuntimeError, UnicodeDecodeError) as error:
        raise CloudError(
            f"cannot read '{path}': {getattr(error, 'strerror', None) or 'it is no text'}"
        ) from error
    except Error as error:
        # Its message repeats a line, which may be the secret one.
        raise CloudError(f"'{path}' is no file of profiles: {type(error).__name__}") from None
    return parser[name] if parser.has_section(name) else {}
