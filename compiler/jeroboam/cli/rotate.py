"""`rotate`: a secret of a living cluster replaced, phase by phase, while the cluster works on.

`secrets --rotate` is another thing: new values for a cluster that is still to be made.
"""

from __future__ import annotations

from base64 import b64encode
from functools import partial
from typing import Annotated

import typer

from jeroboam import plugins
from jeroboam.cli.clouds import CloudOption, RegionOption, connected
from jeroboam.cli.coe import DRAIN_MINUTES, ApiOption, DrainOption, NoDrainOption, reached_at, repeated
from jeroboam.cli.deploy import approved
from jeroboam.cli.inputs import OutsideOption, SecretsOption, compiled, root
from jeroboam.cli.preflight import require_known
from jeroboam.cli.roll import RollScreen
from jeroboam.cli.rotation_file import RotationFile
from jeroboam.cli.screens import ProgressFormat
from jeroboam.cli.secrets import kept
from jeroboam.cli.secrets_file import supplied_by
from jeroboam.cli.secrets_place import secrets_file
from jeroboam.cli.showing import resumable
from jeroboam.cli.terminal import CommandError, result, say, say_lines
from jeroboam.cli.watch import Watch
from jeroboam.deploy.connection import watch_command
from jeroboam.deploy.durations import elapsed
from jeroboam.deploy.request import Request
from jeroboam.deploy.roll.types import Aim
from jeroboam.deploy.rotate.run import run
from jeroboam.deploy.rotate.text import data, event_data, render
from jeroboam.deploy.rotate.types import (
    Halted,
    PhaseBegun,
    RotateEvent,
    RotateRequest,
    RotationPlanned,
    Turned,
)
from jeroboam.escape import shell
from jeroboam.model.rotation import Rotation
from jeroboam.model.secrets import Secret
from jeroboam.serialize import json_line
from jeroboam.storage.inputs import Root

REFUSED = {
    "ca": (
        (
            "a cluster's CA cannot be rotated: all nodes, all kubeconfigs and all that runs inside trust it, "
            "and kubeadm has no way to have two"
        ),
        "make a second cluster with new secrets, and move to it: docs/rotating.md, The CA",
    ),
    "ssh": (
        "SSH keys are the spec's, not the secrets file's",
        "change keypair or ssh_authorized_keys in it, and run 'jeroboam roll': docs/rotating.md, SSH keys",
    ),
}
"""What this command does not do, whichever the COE: why, and the way round."""


def rotate(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="The cluster's spec.")],
    what: Annotated[str, typer.Argument(metavar="WHAT", help="What to replace; see above.")],
    finish: Annotated[
        bool, typer.Option("--finish", help="Also the phases that wait to be told: the old one is refused.")
    ] = False,
    drain_timeout: DrainOption = DRAIN_MINUTES,
    no_drain: NoDrainOption = False,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")] = False,
    given: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="With credential: YAML or JSON with the new one, made elsewhere; '-' is standard input.",
            show_default=False,
        ),
    ] = None,
    secrets: SecretsOption = None,
    api: ApiOption = None,
    ignore: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Preflight check to skip; repeatable.")
    ] = None,
    form: Annotated[
        ProgressFormat, typer.Option("--format", help="How progress is printed where there is no terminal.")
    ] = ProgressFormat.TEXT,
    allow_outside: OutsideOption = False,
    os_cloud: CloudOption = None,
    os_region_name: RegionOption = None,
) -> None:
    """Replace a secret of a running cluster, while the cluster works on.

    WHAT is, of Kubernetes: service-account (the key that signs the tokens of service accounts), encryption
    (the key that encrypts Secrets in etcd), tokens (the key from which join tokens are made) or credential
    (the application credential of the cloud add-ons). Of Docker Swarm: tokens, swarm-ca (the CA of the
    swarm's own certificates) or autolock (the key that unlocks managers); the swarm makes these itself, and
    no node is made anew. Of Mesos: agents (what agents register with), marathon (what Marathon registers
    with) or admin (the password of the user admin).

    All but the swarm's go by phases: in each, the secrets file gets other values, the nodes that have them
    are made anew one after another as by 'roll', and the COE does what follows. First both values are good,
    then the new one is used, then the old one is refused. Values and phase stand in the secrets file, and a
    copy of it from before is kept; so after Ctrl-C, a lost connection or a failure the same command goes on.
    Another rotation, or another spec, has to wait until it has ended.

    Where something may still use the old value, the last phase waits until --finish tells it to go on: the
    plan then says what is known to use it.

    A new application credential is made in Keystone by your own login, with the project and the roles of the
    old one, and with --finish the old one is deleted there. Where your login may not, have another one made,
    and give it with --from as 'openstack application credential create -f json' prints it.

    To make all secrets of a new cluster anew, 'jeroboam secrets --rotate' is the command.

    Examples:
      jeroboam rotate prod.yaml encryption
      jeroboam rotate prod.yaml tokens --yes
      jeroboam rotate prod.yaml service-account
      jeroboam rotate prod.yaml service-account --finish       an hour later
      openstack application credential create -f json prod-2 |
          jeroboam rotate prod.yaml credential --from - --yes
      jeroboam rotate prod.yaml tokens --api 127.0.0.1:6443    through a tunnel

    Exit status:
      0  done as far as it goes by itself, or you declined
      1  refused or failed; the reason and the command that goes on are printed
      2  wrong usage, or consent is needed (--yes)
      3  the spec has errors
    """
    require_known(ignore or ())
    found = compiled(spec, allow_outside=allow_outside)
    wanted, coe = found.model.secrets, found.model.spec.coe
    rotation = _rotation(what, coe, wanted)
    name, path = found.bundle.name, secrets_file(found.bundle.name, spec, secrets)
    values = _given(given, rotation, wanted, spec, root(spec, allow_outside=allow_outside))
    cloud = connected(os_cloud, os_region_name)
    options = repeated(
        drain_minutes=drain_timeout,
        secrets=secrets,
        api=api,
        ignore=ignore or (),
        allow_outside=allow_outside,
    )
    options += cloud.options

    def command_of(other: str) -> str:
        return shell("jeroboam", "rotate", spec, other, *options)

    again = f"{command_of(what)}{' --finish' if finish else ''}"
    if given and given != "-":
        again += f" {shell('--from', given)}"
    request = RotateRequest(
        Request(
            found,
            lambda new: kept(name, wanted, path, spec, first=new, make=False),
            spec,
            path,
            approve_api=partial(approved, yes=yes),
            ignore=tuple(ignore or ()),
            at=reached_at(api),
            options=tuple(options),
        ),
        Aim("", (), 1, None if no_drain else drain_timeout),
        rotation,
        RotationFile(name, wanted, path),
        partial(approved, yes=yes),
        again,
        command_of,
        finish,
        values,
    )
    with Watch(form, watch_command(cloud, name)) as watch:
        screen = _RotateScreen(name, form, watch)
        with resumable(name, watch, lambda: again):
            for event in run(request, cloud):
                screen.show_rotation(event)


def _rotation(what: str, coe: str, secrets: tuple[Secret, ...]) -> Rotation:
    """The rotation of that name. Raises CommandError, and BadParameter for a name that there is not."""
    if what in REFUSED:
        raise CommandError(*REFUSED[what])
    driver = plugins.driver(coe)
    of_coe = {it.what: it for it in (driver.rotations if driver else ())}
    if what not in of_coe:
        known = f"of {coe} there are: {', '.join(of_coe)}" if of_coe else f"of {coe} there is none yet"
        raise typer.BadParameter(f"'{what}' cannot be rotated; {known}", param_hint="WHAT")
    rotation = of_coe[what]
    if not {*rotation.secrets} <= {secret.name for secret in secrets}:
        raise CommandError(f"the cluster has no {what} to rotate: its spec asks for none")
    return rotation


def _given(
    source: str | None, rotation: Rotation, secrets: tuple[Secret, ...], spec: str, below: Root | None
) -> dict[str, str]:
    """The new values that the user supplies, base64. Raises CommandError, and BadParameter for others."""
    if source is None:
        return {}
    if not rotation.of_cloud or "-" == source == spec:
        raise typer.BadParameter(
            "standard input, '-', can be read only once"
            if source == spec
            else "it is for WHAT credential alone",
            param_hint="--from",
        )
    own = [secret for secret in secrets if secret.name in rotation.secrets]
    values = supplied_by(source, own, below)
    if lacking := [secret.name for secret in own if secret.name not in values]:
        raise CommandError(
            f"'{source}' lacks {' and '.join(lacking)}", "id and secret belong together: give both"
        )
    return {name: b64encode(text.encode()).decode("ascii") for name, text in values.items()}


class _RotateScreen(RollScreen):
    """Shows a rotation's events, and those of its rolls."""

    def show_rotation(self, event: RotateEvent) -> None:
        """One event."""
        machine = self._form is ProgressFormat.NDJSON
        if machine and (told := event_data(event)) is not None:
            self._watch.end()
            result(json_line({"seconds": self._seconds(), "stack": self._name, **told}))
            return
        match event:
            case RotationPlanned(plan):
                self._watch.end()
                if machine:
                    told = {"kind": "plan", **data(plan)}
                    result(json_line({"seconds": self._seconds(), "stack": self._name, **told}))
                else:
                    say_lines(render(plan).rstrip("\n"))
            case PhaseBegun(number, count, phase):
                self.done.clear()
                self._watch.end()
                say(f"{self._name}: phase {number} of {count}: {phase.title}")
            case Halted(phase, command):
                say(f"{self._name}: the next phase waits to be told: {phase.title}")
                say(f"  {phase.waits}")
                say(f"  then: {command}")
            case Turned(rotation, seconds):
                say(f"{self._name}: {rotation.what} rotated in {elapsed(seconds)}; the old one is of no use")
            case _:
                self.show(event)
