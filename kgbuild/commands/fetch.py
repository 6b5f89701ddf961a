"""``kgbuild fetch``: a query in, every paper of it out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import typer

from kgbuild._io.markup import counted
from kgbuild.commands._places import written_file

if TYPE_CHECKING:
    from kgbuild.errors import DocumentFailure
    from kgbuild.pubmed.client import DateType


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def fetch(
        query: str | None = typer.Argument(
            None, metavar="[QUERY]", help="As typed into PubMed."
        ),
        output: Path = typer.Option(
            ...,
            "--output",
            "-o",
            help="File to write, such as corpus.jsonl.zst.",
            callback=written_file,
        ),
        pmids: Path | None = typer.Option(
            None,
            help="File of PMIDs instead of a query: one a line, a table with a column "
            "PMID, such as PubMed's own, or a list of what failed.",
        ),
        since: str | None = typer.Option(
            None, "--since", "--mindate", help="First date: 2020, 2020-05, 2020-05-17."
        ),
        until: str | None = typer.Option(
            None, "--until", "--maxdate", help="Last date."
        ),
        date_type: str = typer.Option(
            "pdat",
            help="Which date: pdat (publication), edat (entry into PubMed), crdt "
            "(creation), mdat (last change).",
        ),
        limit: int | None = typer.Option(None, help="The newest so many."),
        pmc: bool = typer.Option(
            False, "--pmc", help="Take the open full text from PMC where there is one."
        ),
        email: str | None = typer.Option(
            None, help="Your address, which NCBI asks for; else NCBI_EMAIL."
        ),
        api_key: str | None = typer.Option(
            None,
            help="Your key for NCBI. Better set NCBI_API_KEY: other users can see the "
            "command line.",
        ),
        to: str | None = typer.Option(
            None, help="Format of the output; by default what its name says."
        ),
        failed: Path | None = typer.Option(
            None,
            help="Where PMIDs that could not be had are listed; by default "
            "OUTPUT.failed.jsonl.",
            callback=written_file,
        ),
        cache: Path | None = typer.Option(
            None, help="File of raw answers; by default in your cache folder."
        ),
        cache_size: float = typer.Option(
            20.0, help="Above this many GB the longest unused answers are dropped."
        ),
        refresh: bool = typer.Option(
            False, "--refresh", help="Ask again for what the cache holds."
        ),
        offline: bool = typer.Option(
            False, "--offline", help="Send nothing: take all from the cache."
        ),
        base_url: str | None = typer.Option(
            None, help="E-utilities or a stand-in; else KGBUILD_EUTILS_URL."
        ),
        requests_per_second: int | None = typer.Option(
            None, help="A lower limit than NCBI's (3, with a key 10)."
        ),
    ) -> None:
        """Fetch every paper of a PubMed query, or of a list of PMIDs.

        A run that was stopped goes on where it stopped when the same command is run
        again. Exits with 1 where PMIDs could not be had; they are listed with reasons.
        """
        from kgbuild.errors import SOME_FAILED, ConfigError
        from kgbuild.pubmed import fetch_file, read_pmids

        if (query is None) == (pmids is None):
            msg = "Give either a query or PMIDs (--pmids FILE), and not both."
            raise ConfigError(msg)
        bad: list[DocumentFailure] = []
        chosen = (
            query
            if query is not None
            else read_pmids(pmids or "", on_failure=bad.append)
        )
        done = fetch_file(
            chosen, output, since=since, until=until,
            date_type=cast("DateType", date_type), limit=limit,
            full_text=pmc, to_format=to, failed=failed, email=email, api_key=api_key,
            cache=cache, max_cache_bytes=int(cache_size * 2**30), refresh=refresh,
            offline=offline, base_url=base_url,
            requests_per_second=requests_per_second,
        )  # fmt: skip
        for note in done.notes:
            typer.echo(f"note: {note}", err=True)
        typer.echo(
            f"{counted(done.documents, 'document')} written to {output}"
            + (f" (PubMed counts {done.count:,} hits)" if query else "")
        )
        if done.without_abstract:
            where = done.without_abstract_path
            listed = f": {where}" if where else ""
            typer.echo(f"{done.without_abstract:,} have no abstract{listed}")
        if bad:
            typer.echo(f"{len(bad):,} lines hold no PMIDs:", err=True)
            for failure in bad[:5]:
                typer.echo(f"  line {failure.line}: {failure.reason}", err=True)
        if done.failures:
            listed = f": {done.failed_path}" if done.failed_path else ""
            typer.echo(f"{len(done.failures):,} could not be fetched{listed}", err=True)
            for failure in done.failures[:5]:
                typer.echo(f"  {failure.document_id}: {failure.reason}", err=True)
        if done.failures or bad:
            raise typer.Exit(SOME_FAILED)
