"""The typer application: which commands there are, and how their help reads."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from jeroboam.cli.build import compile_
from jeroboam.cli.environment import secrets
from jeroboam.cli.reference import explain, schema
from jeroboam.cli.specs import init, show, validate
from jeroboam.cli.terminal import result

EXAMPLES = "Examples:\n"


class _Command(TyperCommand):
    """A command whose epilog stands as it is written."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the signature is typer's
        formatter.write(f"\n{self.epilog}\n")


class _Group(TyperGroup):
    """A group whose epilog stands as it is written."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the signature is typer's
        formatter.write(f"\n{self.epilog}\n")


def _print_version(wanted: bool) -> None:
    if wanted:
        from jeroboam.__about__ import __version__

        result(f"jeroboam {__version__}\n")
        raise typer.Exit


def _jeroboam(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Compile a cluster spec into a complete OpenStack Heat template.

    A spec says what a Kubernetes, Docker Swarm or Mesos cluster should be; the template, with all that
    its servers boot with, is what 'openstack stack create' makes the cluster from. Results go to standard
    output, messages to standard error, and '-' as a file name means standard input or output.

    Examples:
      jeroboam init prod.yaml              a commented spec to start from
      jeroboam validate prod.yaml          what is wrong with it, if anything
      jeroboam compile prod.yaml           writes build/prod/prod.hot.yaml and what it embeds
      jeroboam secrets prod.yaml           makes prod.secrets.yaml: CA, keys, tokens
      openstack stack create -t build/prod/prod.hot.yaml -e prod.secrets.yaml prod

    Exit status:
      0  done
      1  the operation failed
      2  wrong usage
      3  the spec has errors
      4  differences found (compile --check)
      5  timed out, still in progress

    Environment:
      NO_COLOR         no colours, not even on a terminal
      JEROBOAM_DEBUG   show the traceback when jeroboam itself fails
    """


def _page(function: Callable[..., None]) -> tuple[str, str]:
    """A docstring as help: its prose, and its examples with all that follows them."""
    prose, heading, rest = (inspect.getdoc(function) or "").partition(EXAMPLES)
    return prose.strip(), heading + rest


_SETTINGS = {"help_option_names": ["-h", "--help"]}
_PROSE, _REST = _page(_jeroboam)

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
app.callback(cls=_Group, context_settings=_SETTINGS, no_args_is_help=True, help=_PROSE, epilog=_REST)(_jeroboam)
for _name, _function in (
    ("init", init),
    ("validate", validate),
    ("compile", compile_),
    ("show", show),
    ("schema", schema),
    ("explain", explain),
    ("secrets", secrets),
):
    _PROSE, _REST = _page(_function)
    app.command(_name, cls=_Command, context_settings=_SETTINGS, help=_PROSE, epilog=_REST)(_function)
