"""``kgbuild mcp``: tools for assistants, over standard input and output or HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def mcp(
        run: Path | None = typer.Option(
            None, help="Output folder of `kgbuild run`: its graph is answered from."
        ),
        store: str | None = typer.Option(
            None, help="File, or a database's URL, that keeps papers once annotated."
        ),
        http: bool = typer.Option(
            False, "--http", help="Listen on HTTP instead, at /mcp."
        ),
        host: str = typer.Option("127.0.0.1", help="Address to listen on."),
        port: int = typer.Option(8889, help="Port; 0 for any free one."),
        token: str | None = typer.Option(
            None,
            envvar="KGBUILD_TOKEN",
            help="What clients must send; needed where others can reach the service.",
        ),
        vocabulary: list[Path] | None = typer.Option(
            None, help="Folder of compiled vocabularies, or a TSV; may be repeated."
        ),
        offline: bool = typer.Option(
            False, "--offline", help="Fetch no papers but from the cache."
        ),
        email: str | None = typer.Option(
            None, help="Your address, for NCBI; else NCBI_EMAIL."
        ),
    ) -> None:
        """Serve assistants that speak MCP: annotate, search, explain, with PMIDs."""
        from kgbuild.pipeline import AnnotationSettings
        from kgbuild.service import Desk, ServiceSettings, make_tools

        entrez: dict[str, Any] = {"email": email, "offline": offline or None}
        settings = ServiceSettings(
            annotation=AnnotationSettings(vocabulary=tuple(vocabulary or ())),
            store=store, run=run, entrez=entrez, host=host, port=port, token=token,
        )  # fmt: skip
        with Desk(settings) as desk:
            server = make_tools(desk)
            if not http:
                server.run("stdio")
                return
            from kgbuild.service.guard import Guard
            from kgbuild.service.server import listen, make_server

            # One answer a request, no sessions: the limits of requests hold.
            app = Guard(
                server.streamable_http_app(
                    json_response=True, stateless_http=True, host=host
                ),
                settings,
            )
            with listen(host, port) as socket:
                shown = f"[{host}]" if ":" in host else host
                typer.echo(
                    f"serving on http://{shown}:{socket.getsockname()[1]}/mcp", err=True
                )
                make_server(app, settings).run(sockets=[socket])
