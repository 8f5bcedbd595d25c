"""What a cloud's settings lack to log in with: by what keystoneauth's plugin of their `auth_type` takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from jeroboam.deploy.errors import NO_CLOUD, CloudError
from jeroboam.deploy.exchange import excerpt

TYPED = "password"
"""The option that somebody at a terminal can be asked for."""
_USED = frozenset({TYPED, "token", "passcode"})
"""Options that keystoneauth calls optional, since it could ask for them; nobody logs in without."""
_ONE_OF: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys((TYPED, "v2password", "v3password", "v3totp"), ("username", "user_name", "user_id")),
    "v3applicationcredential": ("application_credential_id", "application_credential_name"),
}
"""Options of which one is needed, by type."""


def gathered(config: Mapping[str, Any]) -> dict[str, Any]:
    """`auth` of CloudRegion.config with what stands beside it, as variables do until a plugin is loaded."""
    kind = _kind(config)
    names = (
        {name for option in _options(kind) for name in _names(option)} if kind in _known() else {"auth_url"}
    )
    return {**{name: config[name] for name in names if config.get(name)}, **_auth(config)}


def lacking(config: Mapping[str, Any]) -> tuple[str, ...]:
    """The options that are needed and not in `auth`, as `gathered` gives it; none for an unknown type."""
    known = _kind(config) in _known()
    return tuple(name for name, given in _needs(config) if not given) if known else ()


def problem(config: Mapping[str, Any], source: str | None) -> CloudError | None:
    """That the settings cannot log in, None where they may; `source` is their file, None for variables."""
    kind = _kind(config)
    known = _known()
    if kind not in known:
        near = [f"did you mean '{name}'? " for name in get_close_matches(kind, known, 1)]
        return CloudError(
            f"cannot log in to the cloud: its 'auth_type' is '{excerpt(kind)}', which is none",
            f"{''.join(near)}there are: {', '.join(known)}; see {source or 'OS_AUTH_TYPE'}",
        )
    names = lacking(config)
    if not names:
        return None
    what = ", ".join(f"no '{name}'" for name in names)
    return CloudError(
        f"cannot log in to the cloud: there is {what}, which a login by '{kind}' needs",
        "; ".join(filter(None, (_where(names, source), _has(config), _unnamed(names)))),
    )


def surplus(config: Mapping[str, Any], source: str | None) -> CloudError | None:
    """That `auth` holds what the plugin does not take, None where it takes it all."""
    kind = _kind(config)
    if kind not in _known():
        return None
    taken = {name for option in _options(kind) for name in _names(option)}
    found = [str(name) for name in _auth(config) if name not in taken]
    if not found:
        return None
    shown = ", ".join(f"'{excerpt(name)}'" for name in found)
    return CloudError(
        f"cannot log in to the cloud: a login by '{kind}' takes no {shown}",
        f"take it away below 'auth' in {source or 'the OS_* variables'}, or name another 'auth_type'",
    )


def refused_hint(config: Mapping[str, Any], source: str | None) -> str:
    """What to look at where Keystone did not accept what was logged in with."""
    kind, where = _kind(config), source or "the OS_* variables"
    if "applicationcredential" in kind:
        return f"the application credential may be deleted or at its end, or its secret another: see {where}"
    if "token" in kind:
        return f"the token may have ended: 'openstack token issue' makes one; see {where}"
    if TYPED not in kind:
        return f"see 'auth' in {where}"
    domain = _auth(config).get("user_domain_name") or _auth(config).get("user_domain_id")
    of = f"of the domain '{excerpt(str(domain))}'" if domain else "of which no domain is named"
    return f"see the user, {of}, and the password in {where}"


def _kind(config: Mapping[str, Any]) -> str:
    return str(config.get("auth_type") or TYPED)


def _known() -> list[str]:
    from keystoneauth1.loading import get_available_plugin_names

    return sorted(get_available_plugin_names())


def _options(kind: str) -> list[Any]:
    from keystoneauth1.loading import get_plugin_loader

    return list(get_plugin_loader(kind).get_options())


def _names(option: Any) -> tuple[str, ...]:
    """As settings may call it, in openstacksdk's spelling."""
    return (option.dest, *(old.dest for old in option.deprecated or ()))


def _needs(config: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    kind = _kind(config)
    given = {name for name, value in _auth(config).items() if value}
    if one_of := _ONE_OF.get(kind):
        yield one_of[0], bool(given & set(one_of))
    for option in _options(kind):
        if option.required or option.dest in _USED:
            yield option.dest, bool(given & set(_names(option)))


def _where(names: tuple[str, ...], source: str | None) -> str:
    variables = ", ".join(f"OS_{name.upper()}" for name in names)
    return f"set it below 'auth' in {source}" if source else f"set {variables}"


def _has(config: Mapping[str, Any]) -> str:
    names = sorted(str(name) for name, value in _auth(config).items() if value)
    return f"'auth' has: {', '.join(map(excerpt, names))}" if names else ""


def _unnamed(names: tuple[str, ...]) -> str:
    return NO_CLOUD if "auth_url" in names else ""


def _auth(config: Mapping[str, Any]) -> Mapping[str, Any]:
    found = config.get("auth")
    return found if isinstance(found, Mapping) else {}
