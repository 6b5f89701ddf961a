"""``kgbuild run``: a corpus to tables, graph and report, from one TOML."""

from __future__ import annotations

from pathlib import Path

import typer

from kgbuild._io.options import split_at_commas
from kgbuild.commands._places import written_folder


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def run(
        settings: Path = typer.Argument(help="TOML, or a bundled one's name."),
        input: list[str] | None = typer.Option(  # noqa: A002
            None,
            help="Read this file, or files of this pattern, instead; may be repeated.",
        ),
        output: Path | None = typer.Option(
            None, help="Write to this folder instead.", callback=written_folder
        ),
        overwrite: bool = typer.Option(
            False,
            "--overwrite",
            help="Replace what is in the folder; take over nothing.",
        ),
        set_: list[str] | None = typer.Option(
            None,
            "--set",
            metavar="KEY=VALUE",
            help="Change any setting, e.g. graph.min_documents=3; may be repeated.",
        ),
        format: str | None = typer.Option(  # noqa: A002
            None, help="Format of the input; by default the file tells."
        ),
        limit: int | None = typer.Option(None, help="Read at most so many documents."),
        vocabulary: list[Path] | None = typer.Option(
            None, help="Folder of compiled vocabularies, or a TSV; may be repeated."
        ),
        types: str | None = typer.Option(
            None, help="Entity types to recognise, with commas; `all` for every one."
        ),
        corrections: Path | None = typer.Option(
            None,
            help="Table of your corrections: text, id, and type, context, document.",
        ),
        taxa: str | None = typer.Option(
            None,
            "--taxa",
            "--species",
            help="NCBI taxon numbers that genes may come from, best first.",
        ),
        executor: str | None = typer.Option(
            None, help="local (processes of this machine) or ray (a cluster)."
        ),
        processes: int | None = typer.Option(
            None, help="Worker processes; with 0 the work is done in this one."
        ),
        profile: bool = typer.Option(
            False, "--profile", help="Say where the time went, stage by stage."
        ),
        top: int | None = typer.Option(None, help="Associations to print.", min=0),
        by: str | None = typer.Option(
            None, help="Column that orders them, for example q_value or documents."
        ),
        background: Path | None = typer.Option(
            None,
            help="Folder of a run over another corpus: statistics and score are of "
            "both.",
        ),
    ) -> None:
        """Run a pipeline and print the associations that score best.

        What an earlier run left in the folder is taken over, as far as it still holds.
        """
        from kgbuild.errors import SOME_FAILED
        from kgbuild.pipeline import load_settings
        from kgbuild.pipeline import run as run_pipeline
        from kgbuild.pipeline.loading import parse_changes, with_changes
        from kgbuild.pipeline.summary import profile_text, summary_text

        read = {"files": input or None, "format": format}
        options = {
            "input": read if any(v is not None for v in read.values()) else None,
            "output": output,
            "annotation": {
                "vocabulary": vocabulary or None,
                "corrections": corrections,
                "types": None if types is None else split_at_commas(types),
                "species": None if taxa is None else split_at_commas(taxa),
            },
            "graph": {"background": background},
            "run": {"executor": executor, "processes": processes, "limit": limit},
            "report": {"top": top, "by": by},
        }
        changes = with_changes(parse_changes(set_ or ()), options)
        chosen = load_settings(settings, **changes)
        result = run_pipeline(chosen, overwrite=overwrite)
        report = chosen.report
        typer.echo(summary_text(result, top=report.top, by=report.by))
        if profile:
            typer.echo(f"\n{profile_text(result)}")
        if result.failures:
            raise typer.Exit(SOME_FAILED)
