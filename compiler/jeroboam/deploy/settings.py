"""Which cloud is meant, and whether its settings can be used, before anything is asked of it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jeroboam.deploy import login_options
from jeroboam.deploy.clouds_mistakes import mistakes
from jeroboam.deploy.clouds_yaml import slips
from jeroboam.deploy.errors import NO_CLOUD, CloudError, first_line
from jeroboam.deploy.exchange import excerpt, plain_url, without_users
from jeroboam.storage.inputs import InputError, contents

_FORM = (
    "a cloud is a mapping below 'clouds', with 'auth', 'region_name' and such: see openstacksdk's clouds.yaml"
)
_LONGEST = 400
_SECRET = ("password", "secret", "token", "passcode")


@dataclass(frozen=True, slots=True)
class Login:
    """A cloud as openstacksdk reads it; `who` logs in, in words, and `secrets` are what with.

    `if_refused` says what to look at where Keystone accepts none of it, `if_away` where nothing answers.
    """

    config: Any
    who: str
    secrets: frozenset[str]
    if_refused: str
    if_away: str


Ask = Callable[[str], str | None]
"""Asks somebody for a password, by a question; None where nobody gives one."""


def chosen(
    cloud: str | None, region: str | None, session: type[Any], ask_password: Ask | None = None
) -> Login:
    """The one cloud that is meant; `session` is the class of its sessions. Raises CloudError.

    A password that the settings lack is asked for, and kept nowhere but in the session.
    """
    skipped: list[str] = []
    with _noting(skipped):
        loader = _loaded(session, skipped)
        options: dict[str, Any] = {"region_name": region} if region else {}
        bare = _found(loader, cloud, skipped, {**options, "validate": False})
        source = _source(loader, bare)
        bare.config["auth"] = login_options.gathered(bare.config)
        password = _complete(bare, source, ask_password)
        if password:
            options["auth"] = {login_options.TYPED: password}
        try:
            config = _found(loader, cloud, skipped, options)
        except CloudError as problem:
            meant = login_options.surplus(bare.config, source) or problem
            meant.who = meant.who or _who(bare)
            raise meant from problem
    address = plain_url(str(_auth(config.config).get("auth_url")))
    return Login(
        config,
        _who(config),
        _secrets(config),
        login_options.refused_hint(config.config, source),
        f"see whether {address} is this cloud's Keystone, 'auth_url' in {source or 'OS_AUTH_URL'}, "
        "and whether it can be reached from here",
    )


def _complete(bare: Any, source: str | None, ask_password: Ask | None) -> str | None:
    """The password where it had to be asked for. Raises CloudError for what is wrong or lacks besides."""
    for problem in slips(bare.config):
        problem.who = _who(bare)
        raise problem
    lack = login_options.problem(bare.config, source)
    if lack is None:
        return None
    asked: str | None = None
    only_that = login_options.lacking(bare.config) == (login_options.TYPED,)
    if ask_password is not None and only_that:
        asked = ask_password(f"Password of {_who(bare)}: ")
    if not asked:
        lack.who = _who(bare)
        raise lack
    return asked


def _source(loader: Any, config: Any) -> str | None:
    """The file that the settings are from, None for variables."""
    return excerpt(loader.config_filename) if loader.config_filename and config.name != "envvars" else None


def _loaded(session: type[Any], skipped: list[str]) -> Any:
    import openstack.config

    _require_readable()
    try:
        return openstack.config.OpenStackConfig(session_constructor=session, app_name="jeroboam")
    except Exception as error:
        # The loader raises what Python does where a list stands in a mapping's place, or the like.
        _refuse_mistakes(skipped, _config_file(), None, error)
        raise _unusable("the cloud's settings cannot be read", error) from error


def _found(loader: Any, cloud: str | None, skipped: list[str], options: Mapping[str, Any]) -> Any:
    from keystoneauth1.exceptions import ClientException
    from openstack.exceptions import ConfigException

    try:
        return loader.get_one(cloud=cloud, **options)
    except ConfigException as error:
        _refuse_mistakes(skipped, loader.config_filename, cloud, error)
        names = [str(name) for name in loader.get_cloud_names() if name not in ("defaults", "envvars")]
        hint = f"clouds.yaml has: {', '.join(sorted(names))}" if names else "no clouds.yaml was found"
        if not names and loader.config_filename:
            hint = f"{excerpt(loader.config_filename)} has no cloud"
        if options.get("region_name") and (cloud is None or cloud in names):
            hint = "list all regions of that cloud in clouds.yaml, as 'regions', to choose one of them"
        raise CloudError(f"cannot log in to the cloud: {_line(error)}", hint) from error
    except ClientException as error:
        _refuse_mistakes(skipped, None, cloud, error)
        problem = CloudError(f"cannot log in to the cloud: {_line(error)}", NO_CLOUD)
        problem.who = f"cloud '{excerpt(str(cloud or loader.default_cloud))}'"
        raise problem from error
    except Exception as error:
        name = cloud or loader.default_cloud
        entry = loader.cloud_config["clouds"].get(name)
        for problem in slips(entry) if isinstance(entry, Mapping) else ():
            problem.who = f"cloud '{excerpt(str(name))}'"
            raise problem from error
        _refuse_mistakes(skipped, loader.config_filename, name, error)
        source = loader.config_filename or "the OS_* variables"
        what = f"the settings of the cloud '{name}' in {source} cannot be used"
        raise _unusable(what, error) from error


def _refuse_mistakes(skipped: list[str], path: str | None, cloud: str | None, error: Exception) -> None:
    """Raises CloudError for a file that was passed over, or a mistake in the one that was taken."""
    found = [*dict.fromkeys(skipped), *(mistakes(path, cloud) if path else ())]
    if found:
        raise CloudError(f"cannot log in to the cloud: {found[0]}", "; ".join([*found[1:], _FORM])) from error


def _config_file() -> str | None:
    """The one that the loader takes."""
    from openstack.config import loader

    paths = (os.environ.get("OS_CLIENT_CONFIG_FILE"), *loader.CONFIG_FILES)
    return next((path for path in paths if path and Path(path).exists()), None)


def _unusable(what: str, error: Exception) -> CloudError:
    return CloudError(f"cannot log in to the cloud: {what}: {_line(error)}", _FORM)


def _line(error: Exception) -> str:
    from keystoneauth1.exceptions import ClientException
    from openstack.exceptions import SDKException

    said = excerpt(without_users(first_line(str(error))), _LONGEST)
    return said if isinstance(error, SDKException | ClientException) else f"{type(error).__name__}: {said}"


def _require_readable() -> None:
    """The loader waits for a FIFO for ever, and takes the next file where one that is meant is unreadable."""
    from openstack.config import loader

    named = {os.environ.get(name): name for name in ("OS_CLIENT_CONFIG_FILE", "OS_CLIENT_SECURE_FILE")}
    for path in (*named, *loader.CONFIG_FILES, *loader.SECURE_FILES, *loader.VENDOR_FILES):
        try:
            if path:
                contents(path)
        except FileNotFoundError:
            continue
        except (InputError, OSError, ValueError) as error:
            if path not in named and not isinstance(error, InputError):
                continue
            raise CloudError(
                f"cannot log in to the cloud: cannot read '{excerpt(path)}': "
                f"{getattr(error, 'strerror', None) or error}",
                f"see {named[path]}" if path in named else "replace it, or take it away",
            ) from error


@contextmanager
def _noting(skipped: list[str]) -> Iterator[None]:
    """Notes in `skipped` which files the loader passes over, and why: it only logs that."""
    seen: set[str] = set()

    class Notes(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            match record.args:
                # The loader looks at a file by each of its names.
                case (str() as path, Exception() as error) if os.path.realpath(path) not in seen:
                    seen.add(os.path.realpath(path))
                    place = getattr(error, "problem_mark", None)
                    where = f", line {place.line + 1}, column {place.column + 1}" if place else ""
                    why = getattr(error, "problem", None) or getattr(error, "reason", None) or error
                    skipped.append(f"{excerpt(path)}{where} cannot be read: {excerpt(first_line(str(why)))}")

    log, notes = logging.getLogger("openstack.config"), Notes(logging.WARNING)
    log.addHandler(notes)
    try:
        yield
    finally:
        log.removeHandler(notes)


def _who(config: Any) -> str:
    """User, project, cloud and where it is, as far as the settings tell."""
    auth = _auth(config.config)
    words = [
        _named("user", auth, "username", "user_id"),
        _named("application credential", auth, "application_credential_name", "application_credential_id"),
        _named("project", auth, "project_name", "project_id"),
        f"cloud '{excerpt(str(config.name))}'" if config.name else "",
        _named("region", {"region": config.region_name}, "region"),
    ]
    address = auth.get("auth_url")
    where = f" at {plain_url(str(address))}" if address else ""
    return f"{', '.join(word for word in words if word)}{where}"


def _named(what: str, values: Mapping[str, Any], *keys: str) -> str:
    value = next((values[key] for key in keys if values.get(key)), None)
    return "" if value is None else f"{what} '{excerpt(str(value))}'"


def _secrets(config: Any) -> frozenset[str]:
    values = {str(v) for k, v in _auth(config.config).items() if any(word in k for word in _SECRET)}
    return frozenset(value for value in values if len(value) > 2)


def _auth(config: Mapping[str, Any]) -> Mapping[str, Any]:
    found = config.get("auth")
    return found if isinstance(found, Mapping) else {}
