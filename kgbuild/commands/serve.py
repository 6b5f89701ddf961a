"""``kgbuild serve``: annotation and graph over HTTP, and a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from kgbuild._io.options import split_at_commas


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def serve(
        host: str = typer.Option("127.0.0.1", help="Address to listen on."),
        port: int = typer.Option(8888, help="Port; 0 for any free one."),
        store: str | None = typer.Option(
            None, help="File, or a database's URL, that keeps papers once annotated."
        ),
        run: Path | None = typer.Option(
            None, help="Output folder of `kgbuild run`: its graph is answered from."
        ),
        token: str | None = typer.Option(
            None,
            envvar="KGBUILD_TOKEN",
            help="What clients must send; needed where others can reach the service. "
            "Better set KGBUILD_TOKEN: other users can see the command line.",
        ),
        origin: list[str] | None = typer.Option(
            None, help="Web site whose pages may ask (CORS); may be repeated."
        ),
        offline: bool = typer.Option(
            False, "--offline", help="Fetch no papers but from the cache."
        ),
        email: str | None = typer.Option(
            None, help="Your address, for NCBI; else NCBI_EMAIL."
        ),
        types: str | None = typer.Option(
            None, help="Entity types, with commas; `all` for every one."
        ),
        tagger: str | None = typer.Option(
            None, help="A folder, or a shipped tagger's name."
        ),
        vocabulary: list[Path] | None = typer.Option(
            None, help="Folder of compiled vocabularies, or a TSV; may be repeated."
        ),
        linking: str = typer.Option("balanced", help="`precise` links fewer mentions."),
        species: str = typer.Option(
            "", help="NCBI taxon numbers that genes may come from, best first."
        ),
        waiting: int = typer.Option(
            256, help="Documents that may wait; beyond, clients hear 429."
        ),
        max_characters: int = typer.Option(100_000, help="Longest text."),
        max_tokens: int = typer.Option(
            50_000, help="Most word pieces of a request's texts."
        ),
        max_documents: int = typer.Option(100, help="Most documents of a request."),
        request_s: float = typer.Option(60.0, help="Longest time for an answer."),
    ) -> None:
        """Answer over HTTP, in BERN2's shape and kgbuild's own, with a page at /."""
        from kgbuild.pipeline import AnnotationSettings
        from kgbuild.service import Desk, ServiceSettings, make_app
        from kgbuild.service.server import listen, log_to_stderr, make_server

        entrez: dict[str, Any] = {"email": email, "offline": offline or None}
        settings = ServiceSettings(
            annotation=AnnotationSettings(
                tagger=tagger,
                types=None if types is None else split_at_commas(types),
                vocabulary=tuple(vocabulary or ()),
                linking=linking,  # type: ignore[arg-type]
                species=split_at_commas(species),
            ),
            store=store, run=run, entrez=entrez, host=host, port=port, token=token,
            origins=tuple(origin or ()), waiting=waiting, request_s=request_s,
            max_characters=max_characters, max_tokens=max_tokens,
            max_documents=max_documents,
        )  # fmt: skip
        desk = Desk(settings)
        with listen(host, port) as socket:
            server = make_server(make_app(desk), settings)
            shown = f"[{host}]" if ":" in host else host
            log_to_stderr()
            typer.echo(f"serving on http://{shown}:{socket.getsockname()[1]}/")
            server.run(sockets=[socket])
        typer.echo("stopped; all that was asked is answered")
