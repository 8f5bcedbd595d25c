"""The command line: arguments in, results on standard output, messages on standard error, an exit code.

`main` is the program. It starts without typer, so that whatever goes wrong from here on ends in a
message; a command is imported when it is asked for.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn


def main() -> NoReturn:
    """Run `jeroboam` on `sys.argv`; never shows a traceback unless JEROBOAM_DEBUG is set."""
    # A run is over before there is garbage worth looking for; looking takes a twentieth of a cold start.
    gc.disable()
    from jeroboam.cli.terminal import Exit, bug, complain
    from jeroboam.errors import JeroboamError

    _open_closed_streams()
    _end_in_order()
    try:
        from jeroboam.cli.app import app

        app(prog_name="jeroboam")
    except SystemExit as exit_:
        # typer turns Ctrl-C into this code, in silence.
        if exit_.code == Exit.INTERRUPTED:
            complain("interrupted")
        raise
    except KeyboardInterrupt:
        complain("interrupted")
        sys.exit(Exit.INTERRUPTED)
    except JeroboamError as error:
        complain(error.message, error.hint, error.notes)
        sys.exit(Exit.FAILED)
    except Exception as error:  # the last resort: whatever else is raised is our own mistake
        if _folder_is_gone():
            complain("the current folder is gone", "change into one that is there")
        else:
            bug(error)
        sys.exit(Exit.FAILED)
    sys.exit(Exit.DONE)


def _end_in_order() -> None:
    """Has what ends a program from outside do as Ctrl-C does: nothing stays, and how to go on is said."""
    for ends in (signal.SIGTERM, signal.SIGHUP):
        # `nohup` has asked for what it gets.
        if signal.getsignal(ends) is signal.SIG_DFL:
            signal.signal(ends, signal.default_int_handler)


def _folder_is_gone() -> bool:
    """Whether somebody removed the folder that paths are relative to: they cannot be resolved then."""
    try:
        Path.cwd()
    except OSError:
        return True
    return False


def _open_closed_streams() -> None:
    """Let whatever stream the caller closed (`>&-`) be there, so that nobody has to ask."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))
