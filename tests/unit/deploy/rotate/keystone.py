"""A Keystone that is played, as far as its application credentials go, through the SDK's own names."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

ROLES = {"r1": "member", "r2": "load-balancer_member"}
PROJECT = "p1"


def encoded(identifier: str, secret: str = "s") -> dict[str, str]:
    """The values of a secrets file."""
    values = {"application_credential_id": identifier, "application_credential_secret": secret}
    return {name: b64encode(value.encode()).decode() for name, value in values.items()}


class PlayedKeystone:
    """Credentials by their ids; `mine` are those of the user who is logged in, who may do `allowed`."""

    def __init__(self) -> None:
        self.known: dict[str, SimpleNamespace] = {}
        self.mine: set[str] = set()
        self.allowed = {"get", "create", "delete"}
        self.cached = False
        self.done: list[str] = []
        self.did: Callable[[str], None] = self.done.append

    def add(self, identifier: str, *, mine: bool = True, **more: Any) -> None:
        """Another credential."""
        self.known[identifier] = SimpleNamespace(
            **{
                "id": identifier,
                "secret": "s",
                "project_id": PROJECT,
                "roles": [{"id": id_, "name": name} for id_, name in ROLES.items()],
                "unrestricted": False,
                "expires_at": None,
                "access_rules": None,
            }
            | more
        )
        if mine:
            self.mine.add(identifier)

    @property
    def cloud(self) -> Any:
        """What is connected to it."""
        sdk = SimpleNamespace(identity=self, current_user_id="u1", current_project_id=PROJECT)
        return SimpleNamespace(sdk=sdk, options=())

    def post(self, path: str, *, json: Any, authenticated: bool) -> Any:
        assert (path, authenticated) == ("/auth/tokens", False)
        asked = json["auth"]["identity"]["application_credential"]
        found = self.known.get(asked["id"])
        if found is None or found.secret != asked["secret"]:
            # As the real one.
            return SimpleNamespace(status_code=401 if found else 404)
        token = {"project": {"id": found.project_id}, "roles": found.roles, "user": {"id": "u1"}}
        return SimpleNamespace(status_code=201, json=lambda: {"token": token})

    def get_application_credential(self, user: str, identifier: str) -> Any:
        self._require("get", identifier)
        assert user == "u1"
        return self.known[identifier]

    def create_application_credential(self, user: str, name: str, **wanted: Any) -> Any:
        self._require("create")
        assert user == "u1"
        self.did(f"create {name.partition('-')[0]}")
        names: Mapping[str, str] = ROLES
        roles = [{**role, "name": names[role["id"]]} for role in wanted.pop("roles")]
        self.add("new", roles=roles, **wanted)
        return self.known["new"]

    def delete_application_credential(self, user: str, identifier: str, *, ignore_missing: bool) -> None:
        self._require("delete", identifier)
        assert (user, ignore_missing) == ("u1", False)
        self.did(f"delete {identifier}")
        if not self.cached:
            del self.known[identifier]

    def _require(self, what: str, identifier: str | None = None) -> None:
        from openstack.exceptions import ForbiddenException, NotFoundException

        if what not in self.allowed or (identifier in self.known and identifier not in self.mine):
            raise ForbiddenException("You are not authorized", http_status=403)
        if identifier is not None and identifier not in self.known:
            raise NotFoundException("Could not find it", http_status=404)
