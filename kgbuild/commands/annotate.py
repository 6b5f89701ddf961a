"""``kgbuild annotate``: a corpus or PMIDs in, mentions and ids out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kgbuild._io.markup import counted
from kgbuild._io.options import split_at_commas
from kgbuild.commands._places import written_file

if TYPE_CHECKING:
    from kgbuild.errors import DocumentFailure
    from kgbuild.pipeline import AnnotationSettings
    from kgbuild.pipeline.linking import LinkCount


#: In so many documents there may well be no mention.
_FEW = 10


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def annotate(
        source: Path | None = typer.Argument(
            None, metavar="[IN]", help="A corpus in any format."
        ),
        output: Path | None = typer.Option(
            None, "--output", "-o", help="File to write.", callback=written_file
        ),
        pmids: Path | None = typer.Option(
            None, help="File of PMIDs, which are fetched, instead of a corpus."
        ),
        store: str | None = typer.Option(
            None,
            help="For --pmids: a file (or a database's URL) that keeps what was "
            "annotated; only what it lacks is fetched and annotated.",
        ),
        redo_outdated: bool = typer.Option(
            False,
            "--redo-outdated",
            help="Annotate anew what other versions of models or vocabularies made.",
        ),
        from_: str | None = typer.Option(None, "--from", help="Format of IN."),
        to: str | None = typer.Option(
            None, help="Format of the output; by default its name tells."
        ),
        stages: str | None = typer.Option(
            None,
            help="Stages to run, with commas, of sentences, recognize, variants, "
            "normalize, link, relate; `all`; by default all but relate. "
            "`normalize,link` and `relate` keep IN's mentions.",
        ),
        tagger: str | None = typer.Option(
            None,
            help="A folder, or a shipped tagger's name; by default those that know "
            "the types, see `kgbuild taggers`.",
        ),
        types: str | None = typer.Option(
            None,
            help="Entity types to recognise, with commas; `all` for every one. Where "
            "IN's mentions are kept, relate relates these types.",
        ),
        threshold: float | None = typer.Option(
            None, help="Drop mentions that score lower; by default the tagger's own."
        ),
        vocabulary: list[Path] | None = typer.Option(
            None, help="Folder of compiled vocabularies, or a TSV; may be repeated."
        ),
        corrections: Path | None = typer.Option(
            None,
            help="Table of your corrections: text, id, and type, context, document.",
        ),
        linking: str = typer.Option(
            "balanced", help="`precise` links fewer mentions, nearly all rightly."
        ),
        species: str = typer.Option(
            "",
            "--species",
            "--taxa",
            help="NCBI taxon numbers that genes may come from, best first.",
        ),
        relations: str = typer.Option(
            "BioRED",
            help="What relate states, with commas: BioRED, DrugProt, CID, PPI, PPIm "
            "(of any genes that interact).",
        ),
        relation_threshold: float | None = typer.Option(
            None,
            help="State nothing of a pair that is less probably related; a statement's "
            "own score is that of its predicate. By default the extractor's own.",
        ),
        batch_size: int = typer.Option(128, help="Documents looked at together."),
        email: str | None = typer.Option(
            None, help="For --pmids: your address, for NCBI; else NCBI_EMAIL."
        ),
        offline: bool = typer.Option(
            False, "--offline", help="For --pmids: fetch nothing but from the cache."
        ),
    ) -> None:
        """Recognise, identify and relate entities.

        With recognize or variants, IN's mentions are dropped first, with relate its
        statements; normalize keeps the identifiers that mentions have.
        """
        from kgbuild.errors import SOME_FAILED, ConfigError
        from kgbuild.normalize.layers import layers_of
        from kgbuild.pipeline import STAGES, AnnotationSettings, annotate_file
        from kgbuild.pipeline.builtin import RECOGNIZERS
        from kgbuild.pipeline.linking import LinkCount, said_of_links

        if (source is None) == (pmids is None):
            msg = "Give either a corpus or PMIDs (--pmids FILE), and not both."
            raise ConfigError(msg)
        if pmids is None and (store is not None or redo_outdated):
            msg = "--store and --redo-outdated are for --pmids: leave them out."
            raise ConfigError(msg)
        if output is None and store is None:
            msg = "Say where to write, with -o FILE, or for --pmids with --store FILE."
            raise ConfigError(msg)

        try:
            settings = AnnotationSettings(
                stages=STAGES if stages is None else split_at_commas(stages),
                tagger=tagger,
                types=None if types is None else split_at_commas(types),
                threshold=threshold,
                vocabulary=tuple(vocabulary or ()),
                corrections=corrections,
                linking=linking,  # type: ignore[arg-type]
                species=split_at_commas(species),
                relations=split_at_commas(relations),
                relation_threshold=relation_threshold,
            )
        except ConfigError as error:
            # Python and TOML call it otherwise.
            said = str(error).replace("relation_threshold", "--relation-threshold")
            raise ConfigError(said) from None
        count = LinkCount()

        def nothing() -> str:
            made = RECOGNIZERS.intersection(settings.stages)
            few = count.mentions or count.documents <= _FEW
            return "" if few or not made else "; no mention was found in any of them"

        if source is not None and output is not None:
            written, failures = annotate_file(
                source, output, from_format=from_, to_format=to, settings=settings,
                batch_size=batch_size, on_document=count.add,
            )  # fmt: skip
            typer.echo(f"{counted(written, 'document')} written to {output}{nothing()}")
        else:
            from kgbuild.pipeline.stored import annotate_pmids_file
            from kgbuild.pubmed import read_pmids

            bad: list[DocumentFailure] = []
            counts, failures = annotate_pmids_file(
                read_pmids(pmids or "", on_failure=bad.append), output,
                settings=settings, store=store, redo_outdated=redo_outdated,
                entrez={"email": email, "offline": offline or None}, to_format=to,
                on_document=count.add,
            )  # fmt: skip
            failures = [*bad, *failures]
            typer.echo(
                f"{counted(counts.found, 'document')} from the store, "
                f"{counts.annotated:,} annotated"
                + (f", written to {output}" if output else "")
                + nothing()
            )
            if counts.remark:
                typer.echo(f"  {counts.remark}")
        if "normalize" in settings.stages:
            used = layers_of(settings.vocabulary or None)
            for line in said_of_links(
                used, mentions=count.mentions, linked=count.linked
            ):
                typer.echo(f"  {line}")
            if not RECOGNIZERS.intersection(settings.stages):
                typer.echo(
                    "  mentions that had an identifier kept it; with recognize among "
                    "--stages, all are made anew"
                )
        if "relate" in settings.stages:
            typer.echo(
                f"  {counted(count.statements, 'statement')}"
                + ("" if count.statements else f": {_why_none(count, settings)}")
            )
        for failure in failures:
            typer.echo(
                f"failed: {failure.document_id or '(unread)'} in {failure.stage}: "
                f"{failure.reason}",
                err=True,
            )
        if failures:
            raise typer.Exit(SOME_FAILED)


def _why_none(count: LinkCount, settings: AnnotationSettings) -> str:
    """Say what nothing could be stated of, or that nothing is."""
    from kgbuild.pipeline.builtin import RECOGNIZERS

    if not count.documents:
        return "there was no document"
    if not count.mentions and RECOGNIZERS.intersection(settings.stages):
        return "the documents have no mentions to relate"
    if not count.mentions:
        return (
            "the documents have no mentions to relate; add recognize and normalize to "
            "--stages, or take a file with mentions"
        )
    return f"no two concepts are related under {', '.join(settings.relations)}"
