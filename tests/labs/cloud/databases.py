"""MariaDB's databases and the services' tables in them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.labs.cloud.programs import run
from tests.labs.cloud.services import configuration, environment
from tests.labs.cloud.settings import ADDRESS, PASSWORD, REGION, Settings

NAMES = (
    *("keystone", "placement", "glance", "neutron", "cinder", "octavia", "heat"),
    *("nova", "nova_api", "nova_cell0"),
)


def make_server(settings: Settings) -> None:
    """MariaDB's own tables, once."""
    if not (settings.folder / "state" / "mysql" / "mysql").exists():
        file = settings.folder / "etc" / "mariadb.cnf"
        command = (
            "mariadb-install-db",
            f"--defaults-file={file}",
            "--auth-root-authentication-method=normal",
        )
        run(settings, "mariadb-install-db", command, environment(settings))


def make_databases(settings: Settings) -> None:
    """Those that are missing; the one user may do everything in each."""
    statements = "".join(
        f"CREATE DATABASE IF NOT EXISTS {name}; "
        f"GRANT ALL ON {name}.* TO 'cloud'@'{ADDRESS}' IDENTIFIED BY '{PASSWORD}';\n"
        for name in NAMES
    )
    socket = settings.folder / "state" / "mysql.sock"
    run(
        settings,
        "databases",
        ("mariadb", "--no-defaults", f"--socket={socket}", "--user=root", f"--execute={statements}"),
        environment(settings),
    )


def make_tables(settings: Settings) -> None:
    """All services' at once, as many as there are cores; the slowest first."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in [pool.submit(_run_all, settings, name, commands) for name, commands in _tables(settings)]:
            done.result()


def _tables(settings: Settings) -> tuple[tuple[str, Sequence[Sequence[str]]], ...]:
    def manage(program: str, of: str, *words: str) -> tuple[str, ...]:
        return (str(settings.programs / program), *configuration(settings, of), *words)

    cell0 = settings.database("nova_cell0")
    root = ("--keystone-user", "root", "--keystone-group", "root")
    bootstrap = (
        *("bootstrap", "--bootstrap-password", PASSWORD, "--bootstrap-region-id", REGION),
        *(
            word
            for kind in ("admin", "internal", "public")
            for word in (f"--bootstrap-{kind}-url", settings.auth_url)
        ),
    )
    return (
        (
            "nova",
            (
                manage("nova-manage", "nova", "api_db", "sync"),
                manage("nova-manage", "nova", "cell_v2", "map_cell0", "--database_connection", cell0),
                *(
                    ()
                    if _has_cell(settings)
                    else (manage("nova-manage", "nova", "cell_v2", "create_cell", "--name", "one"),)
                ),
                manage("nova-manage", "nova", "db", "sync"),
            ),
        ),
        ("neutron", (manage("neutron-db-manage", "neutron", "upgrade", "heads"),)),
        ("cinder", (manage("cinder-manage", "cinder", "db", "sync"),)),
        (
            "keystone",
            (
                manage("keystone-manage", "keystone", "db_sync"),
                manage("keystone-manage", "keystone", "fernet_setup", *root),
                manage("keystone-manage", "keystone", "credential_setup", *root),
                manage("keystone-manage", "keystone", *bootstrap),
            ),
        ),
        ("octavia", (manage("octavia-db-manage", "octavia", "upgrade", "head"),)),
        ("heat", (manage("heat-manage", "heat", "db_sync"),)),
        ("glance", (manage("glance-manage", "glance", "db_sync"),)),
        ("placement", (manage("placement-manage", "placement", "db", "sync"),)),
    )


def _run_all(settings: Settings, name: str, commands: Sequence[Sequence[str]]) -> None:
    for command in commands:
        run(settings, f"tables-{name}", command, environment(settings))


def _has_cell(settings: Settings) -> bool:
    """Whether an earlier run, cut off later, made the cell already."""
    socket = settings.folder / "state" / "mysql.sock"
    query = "SELECT name FROM nova_api.cell_mappings WHERE name = 'one'"
    done = subprocess.run(
        ["mariadb", "--no-defaults", f"--socket={socket}", "--user=root", "--batch", f"--execute={query}"],
        env=environment(settings), capture_output=True, text=True,
    )  # fmt: skip
    return "one" in done.stdout
