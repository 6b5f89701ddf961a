"""The command line: ``kgbuild …``.

Every command is a thin call of a public function. Commands live one group a module in
:mod:`kgbuild.commands`; a new module there is a new command.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
import sys

import typer

from kgbuild import commands
from kgbuild._version import __version__
from kgbuild.errors import BAD_INPUT, OK, KgbuildError


def make_app() -> typer.Typer:
    """Make the application with all commands of :mod:`kgbuild.commands`."""
    app = typer.Typer(
        name="kgbuild",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="From biomedical literature to a knowledge graph.",
    )

    @app.callback()
    def options(
        version: bool = typer.Option(
            False, "--version", help="Print the version and stop.", is_eager=True
        ),
        verbose: bool = typer.Option(False, "--verbose", help="Say what happens."),
    ) -> None:
        if version:
            typer.echo(f"kgbuild {__version__}")
            raise typer.Exit
        if verbose:
            handler = logging.StreamHandler()
            handler.setFormatter(
                logging.Formatter("%(levelname)s %(name)s: %(message)s")
            )
            logger = logging.getLogger("kgbuild")
            logger.addHandler(handler)
            logger.setLevel(logging.INFO)

    for module in pkgutil.iter_modules(commands.__path__):
        importlib.import_module(f"{commands.__name__}.{module.name}").register(app)
    return app


def main() -> None:
    """Run the command line; kgbuild's own errors become one line and exit code 2."""
    try:
        make_app()()
    except KgbuildError as error:
        sys.stderr.write(f"kgbuild: {error}\n")
        sys.exit(BAD_INPUT)
    except KeyboardInterrupt:
        sys.stderr.write("kgbuild: stopped; the same command goes on from here\n")
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(OK)
