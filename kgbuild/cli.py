"""The command line: ``kgbuild …``.

Every command is a thin call of a public function. Commands live one group a module in
:mod:`kgbuild.commands`; a new module there is a new command.
"""

from __future__ import annotations

import importlib
import io
import logging
import os
import pkgutil
import re
import signal
import sys
import time
import traceback
import warnings
from contextlib import suppress
from copy import copy
from typing import Any

import typer
from typer.core import TyperGroup

from kgbuild import commands
from kgbuild._io.files import FULL, cannot_write
from kgbuild._io.progress import progress_log
from kgbuild._io.stopping import stopped_by
from kgbuild._version import __version__
from kgbuild.errors import BAD_INPUT, OK, ConfigError, KgbuildError, MissingExtraError

#: Of the click that Typer brings with it, which has no public name of its own.
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]

#: In what a package says it requires: which extra brings it to users.
_EXTRA = re.compile(r"extra == ['\"](?!test|docs)([\w-]+)")

#: What these commands finished is there when they are started again.
_GOES_ON = {
    "fetch", "label", "names", "neo4j", "pretrain", "relations", "run", "train",
    "vocab",
}  # fmt: skip

#: Signals that ask a command to stop, as far as the system has them.
_STOP = [
    number
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if (number := getattr(signal, name, None)) is not None
]


def make_app(command: str = "") -> typer.Typer:
    """Make the application with all commands of :mod:`kgbuild.commands`.

    Where there is a module of the name of a ``command``, with those of this one alone:
    to describe all of them takes longer than many a command.
    """
    app = typer.Typer(
        name="kgbuild",
        cls=_Commands,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="From biomedical literature to a knowledge graph.",
    )

    @app.callback()
    def options(
        _version: bool = typer.Option(
            False,
            "--version",
            help="Print the version and stop.",
            is_eager=True,
            callback=_print_version,
        ),
        verbose: bool = typer.Option(
            False, "--verbose", "-v", help="Say what happens, on standard error."
        ),
        quiet: bool = typer.Option(
            False, "--quiet", "-q", help="Show no progress, neither bar nor lines."
        ),
    ) -> None:
        _speak(verbose=verbose, quiet=quiet)

    modules = [module.name for module in pkgutil.iter_modules(commands.__path__)]
    public = [name for name in modules if not name.startswith("_")]
    for name in [command] if command in public else public:
        importlib.import_module(f"{commands.__name__}.{name}").register(app)
    return app


def _asked() -> str:
    """Return the command that the user typed, if any."""
    return next((word for word in sys.argv[1:] if not word.startswith("-")), "")


def _speak(*, verbose: bool, quiet: bool) -> None:
    progress_log.disabled = quiet
    everything = logging.getLogger("kgbuild")
    # Others' handlers stay; ours is there once, however often this is called.
    for logger in (everything, progress_log):
        for handler in [h for h in logger.handlers if isinstance(h, _Lines)]:
            logger.removeHandler(handler)
    logger = everything if verbose else progress_log
    logger.addHandler(_Lines())
    logger.setLevel(logging.INFO)


def _speak_after_all(ctx: Any, option: Any, given: bool) -> None:
    if given:
        asked = ctx.find_root().params
        asked[option.name] = True
        _speak(verbose=asked["verbose"], quiet=asked["quiet"])


class _Lines(logging.Handler):
    """Writes to what is standard error now, with the time."""

    def emit(self, record: logging.LogRecord) -> None:
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        with suppress(BrokenPipeError):
            sys.stderr.write(f"{clock} {record.getMessage()}\n")
            if record.exc_info:
                sys.stderr.write("".join(traceback.format_exception(*record.exc_info)))


def _print_version(asked: bool) -> None:
    # Before anything looks for a command, which need not be there.
    if asked:
        typer.echo(f"kgbuild {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line, and exit: 2 where nothing was done, with one sentence why.

    A stop by Ctrl-C or SIGTERM leaves no temporary files; one whose output nobody reads
    any more, as with ``| head``, ends quietly.
    """
    before = sys.stdout
    warnings.showwarning = _show_note
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _run()
    finally:
        sys.stdout = before
    try:
        sys.stdout.flush()
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            code = _say(f"standard output: {cannot_write(error)}")
        # Python flushes again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def _show_note(
    message: Warning | str, category: type[Warning], *place: Any, **_: Any
) -> None:
    """Say what is worth knowing without the line of the program that says it."""
    if not issubclass(category, UserWarning):
        text = warnings.formatwarning(message, category, *place[:2])
    else:
        text = f"note: {message}\n"
    with suppress(BrokenPipeError):
        sys.stderr.write(text)


def _run() -> int:
    try:
        app = make_app(_asked())
        with stopped_by(_STOP, _StoppedError):
            code = app(standalone_mode=False)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else OK
    except _UsageError as error:
        return _say_usage(error)
    except typer.Abort:
        return _say("stopped, nothing was done.")
    except ConfigError as error:
        return _say(_as_typed(str(error), app))
    except KgbuildError as error:
        return _say(str(error))
    except ModuleNotFoundError as error:
        missing = _missing_extra(error.name or "")
        if missing is None:
            raise
        return _say(str(missing))
    except OSError as error:
        logging.getLogger(__name__).info("stopped by", exc_info=True)
        where = f"{error.filename}: " if error.filename else ""
        full = error.errno in FULL
        reason = error.strerror or str(error) or type(error).__name__
        return _say(where + (cannot_write(error) if full else f"{reason}."))
    except _StoppedError as stop:
        on = "goes on from what is kept" if _asked() in _GOES_ON else "starts anew"
        _say(f"stopped; the same command {on}")
        return 128 + stop.number
    return code if isinstance(code, int) else OK


def _as_typed(sentence: str, app: typer.Typer) -> str:
    """Call an option that a sentence begins with as the user typed it.

    Functions know ``type_pairs``, the command line ``--pair``.
    """
    begin = re.match(r"(?:The option )?(\w+) must ", sentence)
    if begin is None:
        return sentence
    typed = {word.partition("=")[0] for word in sys.argv[1:]}
    below: list[Any] = [typer.main.get_command(app)]
    for command in below:
        below += getattr(command, "commands", {}).values()
        for option in command.params:
            for spelled in typed.intersection(option.opts):
                if option.name == begin[1] and spelled.startswith("-"):
                    return f"{spelled} must {sentence[begin.end() :]}"
    return sentence


def _missing_extra(module: str) -> MissingExtraError | None:
    """Return what to say of a package that is not there and an extra would bring."""
    from importlib import metadata

    wanted = module.partition(".")[0].replace("_", "-").lower()
    for requirement in metadata.requires("kgbuild") or ():
        package, extra = re.match(r"[\w.-]+", requirement), _EXTRA.search(requirement)
        if package and extra and package.group().replace("_", "-").lower() == wanted:
            return MissingExtraError(wanted, extra.group(1))
    return None


def _say_usage(error: Any) -> int:
    if type(error).__name__ == "NoArgsIsHelpError":  # its message is that page
        with suppress(BrokenPipeError):
            error.show()
        return BAD_INPUT
    command = "kgbuild" if error.ctx is None else error.ctx.command_path
    reason = error.format_message().rstrip(".?")
    mark = "?" if "Did you mean" in reason else "."
    return _say(f"{reason}{mark} See '{command} --help'.")


def _say(sentence: str) -> int:
    with suppress(BrokenPipeError):
        sys.stderr.write(f"kgbuild: {sentence}\n")
    return BAD_INPUT


class _Commands(TyperGroup):
    """Commands that end quietly where nobody reads what they print.

    Each takes ``-v`` and ``-q`` itself, too: users write them at the end.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        options = [copy(p) for p in self.params if p.name in {"verbose", "quiet"}]
        for option in options:
            option.expose_value, option.callback = False, _speak_after_all
        below: list[Any] = [*self.commands.values()]
        for command in below:
            command.params += options
            below += getattr(command, "commands", {}).values()

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise typer.Exit(OK) from None


class _StoppedError(BaseException):
    """Somebody asked the process to stop; files are put in order on the way out."""

    def __init__(self, number: int) -> None:
        self.number = number
