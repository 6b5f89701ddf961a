"""``kgbuild taggers``: which taggers ship, and what each is good for."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def taggers() -> None:
        """List the taggers that ship: size, speed and F1, as measured for each."""
        from kgbuild.ner.storage import DEFAULT, shipped_taggers

        for tagger in shipped_taggers():
            default = " (the default)" if tagger.name == DEFAULT else ""
            typer.echo(f"{tagger.name}{default}")
            typer.echo(f"  {tagger.megabytes:.1f} MB; {', '.join(tagger.types)}")
            for line in tagger.measured:
                typer.echo(f"  {line}")
