"""The routes: BERN2's, our own, and the page."""

from __future__ import annotations

import logging
import re
from contextlib import asynccontextmanager
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from kgbuild._io.options import split_at_commas
from kgbuild._version import __version__
from kgbuild.curies import url_of
from kgbuild.document import Document
from kgbuild.entity_types import colour_of, entity_types
from kgbuild.errors import (
    ConfigError,
    DocumentFailure,
    KgbuildError,
    MissingExtraError,
    NotFoundError,
    ValidationError,
)
from kgbuild.pubmed.client import pmid_of
from kgbuild.service import bern2
from kgbuild.service.chains import Options
from kgbuild.service.desk import Answer, Desk, UnavailableError
from kgbuild.service.engine import BusyError
from kgbuild.service.formats import (
    JSON,
    MEDIA,
    TEXT,
    documents_of,
    dumped,
    encoded,
    wanted,
)
from kgbuild.service.guard import SLASH, Guard
from kgbuild.service.knowledge import Knowledge
from kgbuild.service.models import (
    EXAMPLES,
    About,
    Association,
    Bern2Paper,
    Bern2Text,
    Concepts,
    Documents,
    Health,
    KnownConcept,
    Neighbors,
    Network,
    PapersOf,
    PlainRequest,
    Problem,
    Way,
)

try:
    from fastapi import APIRouter, Depends, FastAPI, Path, Query, Request, Response
    from fastapi.exceptions import RequestValidationError
    from starlette.concurrency import run_in_threadpool
    from starlette.convertors import StringConvertor, register_url_convertor
    from starlette.exceptions import HTTPException
    from starlette.middleware.cors import CORSMiddleware
    from starlette.responses import PlainTextResponse
except ImportError as error:
    package, extra = "fastapi", "service"
    raise MissingExtraError(package, extra) from error

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

logger = logging.getLogger(__name__)


class _NameConvertor(StringConvertor):
    """An id or a name, which may hold slashes: ``%2F`` in addresses."""

    def convert(self, value: str) -> str:
        return value.replace(SLASH, "/")


class _SlashedConvertor(_NameConvertor):
    """As that, where a plain slash can be no other part of the address."""

    regex = ".+"


register_url_convertor("name", _NameConvertor())
register_url_convertor("slashed", _SlashedConvertor())


async def _known_options(request: Request) -> None:
    """Refuse options of an address that would have no effect.

    Raises
    ------
    ValidationError
        There is one; probes of ``/health`` may add what they like.
    """
    route = request.scope["route"]
    known = [option.alias for option in route.dependant.query_params]
    for name in request.query_params:
        if name not in known and route.include_in_schema and route.path != "/health":
            has = f"known are {', '.join(known)}" if known else "there are none here"
            msg = f"The option {name!r:.60} of the address is unknown; {has}."
            raise ValidationError(msg)


router = APIRouter(dependencies=[Depends(_known_options)])

_NAME: dict[str, Any] = {"max_length": 300, "description": "Id or name of a concept."}
Name = Annotated[str, Path(**_NAME, examples=["captopril", "mesh:D002216"])]
Other = Annotated[str, Path(**_NAME, examples=["ACE", "ncbigene:1636"])]
Start = Annotated[
    int, Query(ge=0, le=10**9, description="Place of the first item.", examples=[0])
]
Limit = Annotated[int, Query(ge=1, le=100, description="Most items.", examples=[5])]
Types = Annotated[
    str,
    Query(
        max_length=300,
        description="Entity types, with commas.",
        examples=["Gene,Disease"],
    ),
]
Stages = Annotated[
    str, Query(description="Stages, with commas.", examples=["normalize,link"])
]
Species = Annotated[
    str, Query(description="NCBI taxa, with commas.", examples=["9606"])
]
Column = Annotated[
    str, Query(max_length=30, description="Column to rank by.", examples=["score"])
]
Format = Annotated[
    str | None,
    Query(
        description="json, pubtator, bioc-json, bioc-xml or jsonl; else as Accept.",
        examples=["json"],
    ),
]

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": words}
    for status, words in (
        (401, "The token is missing or wrong."),
        (413, "The body is too large."),
        (422, "The request is not sound; the sentence says why."),
        (429, "All the work that can wait waits: see Retry-After."),
        (504, "There was no answer in time."),
    )
}
_MISSING: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "There is no such thing."}
}
_ANNOTATED: dict[int | str, dict[str, Any]] = {
    200: {
        "model": Documents,
        "content": {media: {"schema": {"type": "string"}} for media in MEDIA},
        "description": "The form that Accept or format names.",
    }
}


def application(desk: Desk) -> FastAPI:
    """Make the ASGI application of a desk."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(desk.warm_up)
        yield
        await run_in_threadpool(desk.close)

    app = FastAPI(
        title="kgbuild",
        version=__version__,
        description=(
            "Biomedical texts annotated, and the graph they make. `/plain` and "
            "`/pubmed` answer in the shape of BERN2; `/v1` is kgbuild's own."
        ),
        lifespan=lifespan,
        # They would load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        responses=_PROBLEMS,
    )
    app.state.desk = desk
    app.include_router(router)
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)
    settings = desk.settings
    if settings.origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=list(settings.origins),
            allow_headers=["authorization", "content-type"],
        )  # fmt: skip
    # The outermost: what it refuses never comes further.
    app.add_middleware(Guard, settings=settings)
    return app


# -- BERN2's ---------------------------------------------------------------------------


@router.post(
    "/plain",
    tags=["as BERN2"],
    summary="Annotate a text",
    responses={200: {"model": Bern2Text}},
)
async def plain(request: Request, given: PlainRequest) -> Response:
    """Annotate a text; the answer has BERN2's fields."""
    desk = _desk(request)
    found = await desk.annotate([Document.from_text(given.text)])
    for failure in found.failures:
        return _problem(500, f"{failure.stage}: {failure.reason}")
    return _json(bern2.answer(found.documents[0]), sort_keys=True)


@router.get(
    "/pubmed/{pmids}",
    tags=["as BERN2"],
    summary="Annotated papers by PMID",
    responses={200: {"model": list[Bern2Paper]}},
)
async def pubmed(
    request: Request, pmids: Annotated[str, Path(examples=["8528200,15024723"])]
) -> Response:
    """Return annotated papers, PMIDs with commas; the answer has BERN2's fields.

    A paper that cannot be had has an `error_message` in its place.
    """
    wished, wrong = _pmids(pmids)
    found = await _papers(request, wished, wrong)
    by_id = {document.id: document for document in found.documents}
    failed = {failure.document_id: failure for failure in found.failures}
    return _json(
        [
            bern2.failed(failed[pmid])
            if pmid in failed
            else bern2.answer(by_id[pmid], pmid=pmid)
            for pmid in wished
        ],
        sort_keys=True,
    )


@router.get(
    "/pubmed/{pmids}/pubtator",
    tags=["as BERN2"],
    summary="Annotated papers by PMID, as PubTator",
    response_class=PlainTextResponse,
)
async def pubmed_pubtator(
    request: Request, pmids: Annotated[str, Path(examples=["8528200,15024723"])]
) -> Response:
    """Return annotated papers as PubTator.

    Papers that cannot be had are named in the header `X-Failed-Pmids`.
    """
    found = await _papers(request, *_pmids(pmids))
    if not found.documents:
        reasons = "; ".join(f"{f.document_id}: {f.reason}" for f in found.failures)
        return _problem(404, reasons)
    body = encoded(found.documents, [], media="text/x-pubtator", about={})
    names = _names(found.failures)
    headers = {"x-failed-pmids": names} if names else {}
    return Response(body, media_type="text/plain; charset=utf-8", headers=headers)


# -- our own ---------------------------------------------------------------------------


@router.post(
    "/v1/annotate",
    tags=["annotation"],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                JSON: {"schema": {"type": "object"}, "examples": EXAMPLES},
                **{media: {"schema": {"type": "string"}} for media in (TEXT, *MEDIA)},
            },
        }
    },
    responses=_ANNOTATED,
)
async def annotate(
    request: Request,
    types: Types = "",
    stages: Annotated[
        str, Query(description="Stages, with commas.", examples=["normalize,link"])
    ] = "",
    species: Annotated[
        str, Query(description="NCBI taxa, with commas.", examples=["9606"])
    ] = "",
    format: Format = None,  # noqa: A002
) -> Response:
    """Annotate documents: JSON, plain text, PubTator or BioC, in and out.

    With `stages=normalize,link` the mentions that PubTator or BioC carry are kept and
    get identifiers. A document on which a stage fails is returned as far as it came,
    one that is not sound is left out; `failures` say why, and the others are answered.
    """
    desk = _desk(request)
    options = Options(
        split_at_commas(stages), split_at_commas(types), split_at_commas(species)
    )
    documents, unread = await run_in_threadpool(
        documents_of, await request.body(), request.headers.get("content-type", "")
    )
    found = await desk.annotate(documents, options, unread=unread)
    chain = desk.chains.of(options)
    return _documents(request, format, found.documents, found.failures, chain.versions)


@router.get("/v1/papers/{pmids}", tags=["annotation"], responses=_ANNOTATED)
async def papers(
    request: Request,
    pmids: Annotated[str, Path(examples=["8528200,15024723"])],
    format: Format = None,  # noqa: A002
) -> Response:
    """Return annotated papers, PMIDs with commas: kept ones, the others fetched."""
    found = await _papers(request, *_pmids(pmids))
    return _documents(request, format, found.documents, found.failures, found.versions)


@router.get(
    "/v1/documents/{document_id:slashed}",
    tags=["annotation"],
    responses={**_ANNOTATED, **_MISSING},
)
async def document(
    request: Request,
    document_id: Annotated[str, Path(max_length=400, examples=["8528200"])],
    format: Format = None,  # noqa: A002
) -> Response:
    """Return an annotated document of the store or of the run."""
    found, versions = await _desk(request).document(document_id)
    return _documents(request, format, [found], [], versions)


@router.get(
    "/v1/concepts", tags=["graph"], responses={200: {"model": Concepts}, **_MISSING}
)
async def concepts(
    request: Request,
    q: Annotated[str, Query(max_length=200, examples=["captopril"])] = "",
    types: Types = "",
    start: Start = 0,
    limit: Limit = 20,
) -> Response:
    """Find concepts by name, synonym or id."""
    return await _known(
        request, Knowledge.concepts, q, types=split_at_commas(types), start=start,
        limit=limit,
    )  # fmt: skip


@router.get(
    "/v1/concepts/{concept:slashed}/neighbors",
    tags=["graph"],
    responses={200: {"model": Neighbors}, **_MISSING},
)
async def neighbors(
    request: Request,
    concept: Name,
    types: Types = "",
    by: Annotated[
        str, Query(max_length=30, description="Column to rank by.", examples=["score"])
    ] = ("score"),
    min_documents: Annotated[int, Query(ge=1, le=10**9, examples=[1])] = 1,
    start: Start = 0,
    limit: Limit = 20,
) -> Response:
    """Return what a concept is associated with, strongest first."""
    return await _known(
        request, Knowledge.neighbors, concept, types=split_at_commas(types), by=by,
        min_documents=min_documents, start=start, limit=limit,
    )  # fmt: skip


@router.get(
    "/v1/concepts/{concept:slashed}/documents",
    tags=["graph"],
    responses={200: {"model": PapersOf}, **_MISSING},
)
async def papers_of(
    request: Request, concept: Name, start: Start = 0, limit: Limit = 20
) -> Response:
    """Return the papers that name a concept, the newest first, with a sentence."""
    return await _known(request, Knowledge.papers, concept, start=start, limit=limit)


@router.get(
    "/v1/concepts/{concept:slashed}/network",
    tags=["graph"],
    responses={200: {"model": Network}, **_MISSING},
)
async def network(
    request: Request,
    concept: Name,
    limit: Annotated[int, Query(ge=1, le=30, examples=[12])] = 12,
) -> Response:
    """Return a concept, its strongest neighbors, and what associates them all."""
    return await _known(request, Knowledge.network, concept, limit=limit)


# Behind the others: it takes what they leave.
@router.get(
    "/v1/concepts/{concept:slashed}",
    tags=["graph"],
    responses={200: {"model": KnownConcept}, **_MISSING},
)
async def concept(request: Request, concept: Name) -> Response:
    """Return what is known of a concept."""
    return await _known(request, Knowledge.concept, concept)


@router.get(
    "/v1/associations/{one:name}/{other:name}",
    tags=["graph"],
    responses={200: {"model": Association}, **_MISSING},
)
async def association(
    request: Request, one: Name, other: Other, limit: Limit = 10
) -> Response:
    """Return how two concepts are associated, and sentences that name both."""
    return await _known(request, Knowledge.association, one, other, limit=limit)


@router.get(
    "/v1/paths/{one:name}/{other:name}",
    tags=["graph"],
    responses={200: {"model": Way}, **_MISSING},
)
async def path(request: Request, one: Name, other: Other) -> Response:
    """Return the shortest way between two concepts, with a sentence a step."""
    return await _known(request, Knowledge.path, one, other)


# -- the service itself ----------------------------------------------------------------


@router.head("/health", include_in_schema=False)
@router.get("/health", tags=["service"], responses={200: {"model": Health}})
async def health(request: Request) -> Response:
    """Say that the service lives, and how much waits."""
    engine = _desk(request).engine
    return _json(
        {"status": "ok", "waiting": len(engine), "annotators_replaced": engine.replaced}
    )


@router.get("/version", tags=["service"], responses={200: {"model": About}})
async def version(request: Request) -> Response:
    """Return versions of code, models and vocabularies."""
    return await _asked(_desk(request).about)


@router.get(
    "/v1/types",
    tags=["service"],
    responses={
        200: {
            "model": dict[str, str],
            "content": {JSON: {"example": {"Gene": "#0072B2"}}},
        }
    },
)
async def types(request: Request) -> Response:  # noqa: ARG001
    """Return the entity types that are known, with their colours."""
    return _json({name: colour_of(name) for name in entity_types()})


@router.head("/", include_in_schema=False)
@router.get("/", include_in_schema=False)
async def page(request: Request) -> Response:  # noqa: ARG001
    """Return the page."""
    return _file("page.html", "text/html; charset=utf-8")


@router.get("/page/page.js", include_in_schema=False)
async def script(request: Request) -> Response:  # noqa: ARG001
    """Return the page's script."""
    return _file("page.js", "text/javascript; charset=utf-8")


@router.get("/page/page.css", include_in_schema=False)
async def style(request: Request) -> Response:  # noqa: ARG001
    """Return the page's style."""
    return _file("page.css", "text/css; charset=utf-8")


# -- within ----------------------------------------------------------------------------


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def _pmids(text: str) -> tuple[list[str], list[DocumentFailure]]:
    """Return PMIDs, and beside them what is none, which has its place too."""
    names: list[str] = []
    wrong: list[DocumentFailure] = []
    for part in re.split(r"[,;]|(?<!:)\s+(?!:)", text):
        if not part.strip():
            continue
        try:
            names.append(str(pmid_of(part)))
        except ConfigError as error:
            names.append(part.strip())
            wrong.append(
                DocumentFailure(document_id=names[-1], stage="read", reason=str(error))
            )
    if len(wrong) == len(names):
        raise ConfigError(wrong[0].reason if wrong else _NO_PMID)
    return names, wrong


_NO_PMID = "There is no PMID: name some, such as 31462531, with commas."


async def _papers(
    request: Request, names: list[str], wrong: list[DocumentFailure]
) -> Answer:
    others = {failure.document_id for failure in wrong}
    pmids = [name for name in dict.fromkeys(names) if name not in others]
    found = await _desk(request).papers(pmids)
    found.failures += wrong
    return found


def _file(name: str, media: str) -> Response:
    body = (files("kgbuild.service") / "page" / name).read_bytes()
    return Response(body, media_type=media)


def _json(value: Any, *, sort_keys: bool = False) -> Response:
    return Response(dumped(value, sort_keys=sort_keys), media_type=JSON)


def _problem(status: int, said: str, headers: dict[str, str] | None = None) -> Response:
    body = dumped({"error_message": said})
    return Response(body, status_code=status, media_type=JSON, headers=headers)


async def _known(
    request: Request, question: Callable[..., dict[str, Any]], *given: Any, **opts: Any
) -> Response:
    """Answer a question on the graph."""
    know = _desk(request).knowledge
    return await _asked(know.asked, partial(question, know), *given, **opts)


async def _asked(
    question: Callable[..., dict[str, Any]], *given: Any, **options: Any
) -> Response:
    return _json(await run_in_threadpool(partial(question, *given, **options)))


def _documents(
    request: Request,
    format: str | None,  # noqa: A002
    documents: list[Any],
    failures: list[Any],
    versions: dict[str, str],
) -> Response:
    media = wanted(request.headers.get("accept", ""), format)
    concepts = {c for d in documents for m in d.mentions for c in m.concepts}
    links = {c: url for c in sorted(concepts) if (url := url_of(c))}
    about = {"versions": versions, "links": links}
    body = encoded(documents, failures, media=media, about=about)
    names = _names(failures)
    # Formats of files have no room for what failed.
    told = {"x-failed": names} if names and media != JSON else {}
    return Response(body, media_type=f"{media}; charset=utf-8", headers=told)


def _names(failures: list[DocumentFailure]) -> str:
    """Name documents in a header, where their ids may not stand as they are."""
    names = (str(failure.document_id)[:100] for failure in failures)
    return ",".join(
        quote(n, safe=" !#$&'()*+/:;=?@[]", errors="replace") for n in names
    )


async def _refused(_: Request, error: Exception) -> Response:
    if isinstance(error, BusyError):
        later = {"retry-after": str(error.retry_after_s)}
        return _problem(429, str(error), later)
    if isinstance(error, NotFoundError):
        return _problem(404, str(error))
    if isinstance(error, UnavailableError):
        logger.error("unavailable: %s", error)
        return _problem(
            503, "The store cannot be used at the moment; the log says why."
        )
    return _problem(422, str(error))


async def _unsound(_: Request, error: Exception) -> Response:
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    if any(
        len(fault["loc"]) == 1 or fault["type"] == "json_invalid" for fault in faults
    ):
        said = "The body must be JSON, with Content-Type: application/json."
        return _problem(422, said)
    said = "; ".join(
        f"{'.'.join(map(str, fault['loc'][1:]))}: {_fault(fault)}"
        for fault in faults[:5]
    )
    return _problem(422, said)


def _fault(fault: Any) -> str:
    if fault["type"] != "extra_forbidden":
        return str(fault["msg"])
    return f"this key is unknown; known are {', '.join(PlainRequest.model_fields)}"


async def _http(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    said = {
        400: "The body must be JSON in UTF-8, and not nested more than some levels.",
        404: "There is no such page.",
        405: "This page takes another method.",
    }
    return _problem(status, said.get(status, "The request cannot be answered."))


_HANDLERS: dict[Any, Any] = {
    KgbuildError: _refused,
    RequestValidationError: _unsound,
    HTTPException: _http,
}
