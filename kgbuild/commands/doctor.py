"""``kgbuild doctor``: whether this installation is sound."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def doctor() -> None:
        """Send a known abstract through every stage; fail on any mismatch."""
        from kgbuild.errors import SOME_FAILED
        from kgbuild.pipeline.doctor import examine

        report = examine()
        typer.echo(report.to_text())
        if not report.sound:
            raise typer.Exit(SOME_FAILED)
