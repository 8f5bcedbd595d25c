"""The typer application: which commands there are, and how their help reads."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from typer._click.exceptions import ClickException
from typer.core import TyperCommand, TyperGroup

from jeroboam.cli.build import compile_
from jeroboam.cli.credentials import credentials
from jeroboam.cli.delete import delete
from jeroboam.cli.deploy import deploy
from jeroboam.cli.diagnose import diagnose
from jeroboam.cli.diff import diff
from jeroboam.cli.environment import secrets
from jeroboam.cli.keypairs import keypairs
from jeroboam.cli.preflight import preflight
from jeroboam.cli.reference import explain, schema
from jeroboam.cli.specs import show, validate
from jeroboam.cli.starters import init
from jeroboam.cli.status import status
from jeroboam.cli.terminal import result
from jeroboam.escape import escaped

EXAMPLES = "Examples:\n"


def _prose(text: str, width: int) -> str:
    """Paragraphs filled to `width`; unlike typer's own, words with hyphens stay whole."""
    from textwrap import fill

    paragraphs = text.split("\n\n")
    filled = (
        fill(p, width, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
        for p in paragraphs
    )
    return "".join(f"\n{paragraph}\n" for paragraph in filled)


class _Page:
    """Help that reads like a manual page; the examples stand as they are written."""

    help: str | None
    epilog: str | None

    def format_help_text(self, _: Any, formatter: Any) -> None:
        formatter.write(_prose(self.help or "", formatter.width))

    def format_epilog(self, _: Any, formatter: Any) -> None:
        formatter.write(f"\n{self.epilog}\n")


class _Command(_Page, TyperCommand):
    """A command with such help."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        # typer has braces around what is required; manual pages have nothing.
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]


class _Group(_Page, TyperGroup):
    """A group with such help, whose complaints about arguments are shown escaped."""

    def make_context(self, *args: Any, **extra: Any) -> Any:
        with _escaping():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> Any:
        with _escaping():
            return super().invoke(ctx)


@contextmanager
def _escaping() -> Iterator[None]:
    try:
        yield
    except ClickException as error:
        error.message = escaped(error.message)
        raise


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


def _split(function: Callable[..., None]) -> tuple[str, str]:
    """A docstring as help: its prose, and its examples with all that follows them."""
    prose, heading, rest = (inspect.getdoc(function) or "").partition(EXAMPLES)
    return prose.strip(), heading + rest


_SETTINGS = {"help_option_names": ["-h", "--help"]}
_PROSE, _REST = _split(_jeroboam)

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
app.callback(cls=_Group, context_settings=_SETTINGS, no_args_is_help=True, help=_PROSE, epilog=_REST)(
    _jeroboam
)
for _name, _function in (
    ("init", init),
    ("validate", validate),
    ("compile", compile_),
    ("show", show),
    ("schema", schema),
    ("explain", explain),
    ("secrets", secrets),
    ("keypairs", keypairs),
    ("preflight", preflight),
    ("diff", diff),
    ("deploy", deploy),
    ("status", status),
    ("diagnose", diagnose),
    ("credentials", credentials),
    ("delete", delete),
):
    _PROSE, _REST = _split(_function)
    app.command(_name, cls=_Command, context_settings=_SETTINGS, help=_PROSE, epilog=_REST)(_function)
