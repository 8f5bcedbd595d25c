"""The typer application: which commands there are, and how their help reads."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from importlib import import_module
from textwrap import fill, shorten
from typing import Annotated, Any, cast

import typer
from typer._click.exceptions import ClickException
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command_from_info
from typer.models import CommandInfo

from jeroboam.__about__ import __version__
from jeroboam.cli.commands import COMMANDS
from jeroboam.cli.terminal import result
from jeroboam.escape import escaped

EXAMPLES = "Examples:\n"


def _prose(text: str, width: int) -> str:
    """Paragraphs filled to `width`; unlike typer's own, words with hyphens stay whole."""
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

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = cast("MutableMapping[str, Any]", _Commands())

    def format_commands(self, _: Any, formatter: Any) -> None:
        width = formatter.width - 6 - max(map(len, COMMANDS))
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, shorten(c.summary, width, placeholder="...")) for name, c in COMMANDS.items()]
            )

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
        result(f"jeroboam {__version__}\n")
        raise typer.Exit


def _jeroboam(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    r"""Compile a cluster spec into a complete OpenStack Heat template.

    A spec says what a Kubernetes, Docker Swarm or Mesos cluster should be; the template, with all that
    its servers boot with, is what 'openstack stack create' makes the cluster from. Results go to standard
    output, messages to standard error, and '-' as a file name means standard input or output.

    Examples:
      jeroboam init prod.yaml              a commented spec to start from
      jeroboam validate prod.yaml          what is wrong with it, if anything
      jeroboam compile prod.yaml           writes build/prod/prod.hot.yaml and what it embeds
      jeroboam secrets prod.yaml           makes prod.secrets.yaml: CA, keys, tokens
      jeroboam keypairs prod.yaml          makes the keypairs that open the secrets on the nodes
      openstack stack create -t build/prod/prod.hot.yaml -e prod.secrets.yaml \
        --timeout 60 --tags jeroboam prod

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


class _Commands(Mapping[str, _Command]):
    """The commands by name; one that is asked for is imported and built."""

    def __getitem__(self, name: str) -> _Command:
        module, function, _ = COMMANDS[name]
        callback = getattr(import_module(f"jeroboam.cli.{module}"), function)
        prose, rest = _split(callback)
        info = CommandInfo(
            name, cls=_Command, context_settings=_SETTINGS, callback=callback, help=prose, epilog=rest
        )
        built = get_command_from_info(info, pretty_exceptions_short=False, rich_markup_mode=None)
        assert isinstance(built, _Command)
        return built

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


_SETTINGS = {"help_option_names": ["-h", "--help"]}
_PROSE, _REST = _split(_jeroboam)

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
app.callback(cls=_Group, context_settings=_SETTINGS, no_args_is_help=True, help=_PROSE, epilog=_REST)(
    _jeroboam
)
