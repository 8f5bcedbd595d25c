"""What can be chosen about the cloud: folder and ports by the environment, the rest by `set`."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
HERE = ROOT / "tests" / "labs" / "cloud"
ADDRESS = os.environ.get("JEROBOAM_CLOUD_ADDRESS") or "127.0.0.1"
PASSWORD = "loopback"  # the only one there is: of every user, service and database
REGION = "RegionOne"
LONGEST_FOLDER = 75
"""Bytes: the paths of the sockets below the folder must fit into the 107 that Linux takes."""


class RefusedError(Exception):
    """A message that says what is wrong and what to do."""


@dataclasses.dataclass(frozen=True)
class Chosen:
    """What `set NAME VALUE` changes, with what it is at first."""

    token_seconds: int = 3600
    """Life of a Keystone token."""
    heat_retries: int = 1
    """Heat's action_retry_limit; with its own default, 5, each failure takes a minute and a half."""
    heat_rpc_seconds: int = 60
    """How long an API waits for its engine before it answers 500 or 504."""
    computes: int = 3
    """Fake hosts; a strict anti-affinity group can have as many members."""


CONCERNED = {
    "token_seconds": ("keystone",),
    "heat_retries": ("heat-engine",),
    "heat_rpc_seconds": ("heat-api", "heat-api-cfn", "heat-engine"),
}
"""The services to restart when a setting changed; `computes` is read by `up`."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """Where the cloud is and what was chosen about it."""

    folder: Path
    offset: int
    chosen: Chosen
    venv: Path
    """OpenStack's programs, which several clouds may share."""

    def port(self, usual: int) -> int:
        """Where the service listens whose usual port that is."""
        return usual + self.offset

    def url(self, usual: int, path: str = "") -> str:
        return f"http://{ADDRESS}:{self.port(usual)}{path}"

    @property
    def auth_url(self) -> str:
        return self.url(5000, "/v3")

    @property
    def clouds(self) -> Path:
        """The clouds.yaml with `jeroboam`, `jeroboam-second`, `jeroboam-other` and `jeroboam-admin`."""
        return self.folder / "clouds.yaml"

    @property
    def programs(self) -> Path:
        """The `bin` of the virtual environment."""
        return self.venv / "bin"

    def database(self, name: str) -> str:
        return f"mysql+pymysql://cloud:{PASSWORD}@{ADDRESS}:{self.port(3306)}/{name}?charset=utf8"


def settings() -> Settings:
    """By variables of the environment, each with a default, and what was `set`."""
    folder = Path(os.environ.get("JEROBOAM_CLOUD") or ROOT / ".cloud").resolve()
    offset = os.environ.get("JEROBOAM_CLOUD_PORT_OFFSET", "10000")
    # Beyond 21,000 the ports lie where Linux takes those of outgoing connections from.
    if not offset.isdecimal() or int(offset) > 50000:
        raise RefusedError(
            f"JEROBOAM_CLOUD_PORT_OFFSET is '{offset}'; use a number up to 50000, best below 21000"
        )
    if len(os.fsencode(folder)) > LONGEST_FOLDER:
        raise RefusedError(
            f"the path '{folder}' is too long for the sockets below it; name a folder of at most "
            f"{LONGEST_FOLDER} characters by JEROBOAM_CLOUD"
        )
    venv = Path(os.environ.get("JEROBOAM_CLOUD_PROGRAMS") or folder / "venv").resolve()
    return Settings(folder, int(offset), _kept(folder / "settings.json"), venv)


def choose(current: Settings, name: str, value: str) -> Settings:
    """`current` with one setting changed, written down. `name` may have hyphens."""
    field = name.replace("-", "_")
    known = [f.name for f in dataclasses.fields(Chosen)]
    if field not in known:
        raise RefusedError(f"no setting is called '{name}'; there are: {', '.join(known).replace('_', '-')}")
    if not value.isdecimal() or int(value) < 1:
        raise RefusedError(f"'{name}' is a number above 0, not '{value}'")
    chosen = dataclasses.replace(current.chosen, **{field: int(value)})
    current.folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(dataclasses.asdict(chosen), indent=2) + "\n"
    (current.folder / "settings.json").write_text(text, encoding="utf-8")
    return dataclasses.replace(current, chosen=chosen)


def _kept(file: Path) -> Chosen:
    return Chosen(**json.loads(file.read_text(encoding="utf-8"))) if file.exists() else Chosen()
