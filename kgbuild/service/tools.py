"""Tools for assistants: an MCP server over the same answers as the REST service.

Every answer quotes sentences with their PMIDs, so that what an assistant says can be
looked up, and none is longer than :data:`MOST_CHARACTERS`.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Awaitable, Callable
from functools import partial, wraps
from typing import Annotated, Any, ParamSpec

import anyio.to_thread
from pydantic import Field, ValidationError
from pydantic_core import to_json

from kgbuild._version import __version__
from kgbuild.document import Document
from kgbuild.errors import KgbuildError, MissingExtraError
from kgbuild.pubmed.client import pmid_of
from kgbuild.service.chains import Options
from kgbuild.service.desk import Desk

try:
    from mcp.server import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp.types import ToolAnnotations
except ImportError as error:
    package, extra = "mcp", "mcp"
    raise MissingExtraError(package, extra) from error

P = ParamSpec("P")

#: Longest answer, in characters of the text that is sent.
MOST_CHARACTERS = 24_000

Answer = dict[str, Any]
Concept = Annotated[
    str, Field(max_length=300, description="Id such as mesh:D002216, or a name.")
]
Types = Annotated[
    list[str] | None,
    Field(max_length=20, description="Only these, such as Gene, Disease, Chemical."),
]
Few = Annotated[int, Field(ge=1, le=25, description="Most items.")]

_ABOUT = """Tools over biomedical literature: annotate texts and PubMed papers with
genes, diseases, chemicals, species, variants and cell lines, and ask the graph of what
papers name together. Quote the sentences with their PMIDs. That two concepts are named
together does not say that one acts on the other."""


def tools(desk: Desk) -> MCPServer:
    """Make the MCP server of a desk."""
    server = _Server(
        "kgbuild", version=__version__, instructions=_ABOUT, log_level="WARNING"
    )
    made = _Tools(desk)
    for function in (
        made.annotate_text, made.annotate_papers, made.find_concept, made.neighbors,
        made.explain_association, made.path_between, made.papers_of_concept,
    ):  # fmt: skip
        reading = ToolAnnotations(read_only_hint=True)
        server.tool(annotations=reading)(_answering(function))
    return server


class _Server(MCPServer):
    """Says in a sentence what is wrong with arguments, without links to Pydantic's."""

    async def call_tool(
        self, name: str, arguments: dict[str, Any], *given: Any, **options: Any
    ) -> Any:
        """Call a tool."""
        for tool in await self.list_tools():
            known = list(tool.input_schema["properties"])
            unknown = [key for key in arguments if key not in known]
            if tool.name == name and unknown:
                msg = f"{name} has no {unknown[0]!r:.60}; known are {', '.join(known)}."
                raise ToolError(msg)
        try:
            return await super().call_tool(name, arguments, *given, **options)
        except ToolError as error:
            if not isinstance(error.__cause__, ValidationError):
                raise
            said = "; ".join(
                f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
                for fault in error.__cause__.errors()[:5]
            )
            msg = f"{name} cannot be asked so: {said}."
            raise ToolError(msg) from error.__cause__


def _answering(
    function: Callable[P, Awaitable[Answer]],
) -> Callable[P, Awaitable[Answer]]:
    """Bound the answers of a tool; what cannot be answered is a sentence."""

    @wraps(function)
    async def answered(*given: P.args, **named: P.kwargs) -> Answer:
        try:
            answer = await function(*given, **named)
            return await anyio.to_thread.run_sync(_bounded, answer)
        except KgbuildError as error:
            raise ToolError(str(error)) from error

    return answered


class _Tools:
    """What assistants can call; names and docstrings are what they read."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._know = desk, desk.knowledge

    async def annotate_text(self, text: str, types: Types = None) -> Answer:
        """Find and identify the biomedical entities of a text, sentence by sentence."""
        options = Options(types=tuple(types or ()))
        found = await self._desk.annotate([Document.from_text(text)], options)
        return await anyio.to_thread.run_sync(_shown, found.documents, found.failures)

    async def annotate_papers(
        self, pmids: Annotated[list[int], Field(min_length=1, max_length=10)]
    ) -> Answer:
        """Return PubMed papers with their entities, sentence by sentence."""
        found = await self._desk.papers([str(pmid_of(pmid)) for pmid in pmids])
        return await anyio.to_thread.run_sync(_shown, found.documents, found.failures)

    async def find_concept(
        self,
        query: Annotated[str, Field(max_length=200, description="Words of a name.")],
        types: Types = None,
        limit: Few = 5,
    ) -> Answer:
        """Find concepts of the graph by name, synonym or id, with a sentence each."""

        def asked() -> Answer:
            found = self._know.concepts(query, types=types or (), limit=limit)
            for item in found["items"][:5]:
                papers = self._know.papers(item["concept_id"], limit=1)
                item["example"] = papers["items"]
            return found

        return await anyio.to_thread.run_sync(self._know.asked, asked)

    async def neighbors(
        self, concept: Concept, types: Types = None, limit: Few = 10
    ) -> Answer:
        """Return what a concept is associated with, strongest first, with evidence."""

        def asked() -> Answer:
            found = self._know.neighbors(concept, types=types or (), limit=limit)
            here = found["concept"]["concept_id"]
            for item in found["items"]:
                about = self._know.association(here, item["concept_id"], limit=1)
                item["evidence"] = about["evidence"]
            return found

        return await anyio.to_thread.run_sync(self._know.asked, asked)

    async def explain_association(
        self, one: Concept, other: Concept, limit: Few = 10
    ) -> Answer:
        """Return how two concepts are associated: figures and sentences with PMIDs."""
        ask = partial(self._know.association, one, other, limit=limit)
        return await anyio.to_thread.run_sync(self._know.asked, ask)

    async def path_between(self, one: Concept, other: Concept) -> Answer:
        """Return the shortest way between two concepts, a sentence for each step."""
        ask = partial(self._know.path, one, other)
        return await anyio.to_thread.run_sync(self._know.asked, ask)

    async def papers_of_concept(self, concept: Concept, limit: Few = 10) -> Answer:
        """Return the newest papers that name a concept, with the sentence."""
        ask = partial(self._know.papers, concept, limit=limit)
        return await anyio.to_thread.run_sync(self._know.asked, ask)


def _shown(documents: list[Document], failures: list[Any]) -> Answer:
    # What failed stands first, so that it is not what is left out.
    return {
        "failures": [f"{f.document_id}: {f.stage}: {f.reason}" for f in failures],
        "documents": [
            {"id": d.id, "pmid": d.pmid, "items": _sentences(d)} for d in documents
        ],
    }


def _sentences(document: Document) -> list[Answer]:
    """Return the sentences that name something, and what they name."""
    spans = [(s.start, s.end) for s in document.sentences or ()]
    spans = spans or [(0, len(document.text))]
    starts = [start for start, _ in spans]
    named: dict[int, list[Answer]] = {}
    for m in document.mentions:
        number = bisect_right(starts, m.start) - 1
        if number >= 0 and m.start < spans[number][1]:
            named.setdefault(number, []).append(
                {
                    "text": m.text,
                    "type": m.type,
                    "ids": list(m.concepts),
                    "name": m.attribute("name"),
                    "begin": m.start,
                    "end": m.end,
                    "score": m.score,
                    "linked_by": m.method,
                }
            )
    return [
        {"sentence": document.text[slice(*spans[number])][:2000], "named": found}
        for number, found in sorted(named.items())
    ]


#: Lists of answers that may be shorter; others are parts of an entry.
_LISTS = frozenset({"items", "evidence", "steps", "documents", "failures", "named"})


def _bounded(answer: Answer) -> Answer:
    """Keep as many entries of lists, in the order of reading, as there is room for."""
    if _size(answer) <= MOST_CHARACTERS:
        return answer
    whole = _Cut(sys.maxsize)
    whole.of(answer)

    def cut(most: int) -> Answer:
        part: Answer = _Cut(most).of(answer)
        return {**part, "left_out": whole.kept - most}

    # A cut has a size for each number of entries, which grows with it.
    kept = bisect_right(
        range(whole.kept), MOST_CHARACTERS, key=lambda most: _size(cut(most))
    )
    return cut(max(0, kept - 1))


class _Cut:
    """The first entries of an answer's lists, so many in all."""

    def __init__(self, most: int) -> None:
        self.most, self.kept = most, 0

    def of(self, value: Any, *, may_end: bool = False) -> Any:
        """Return a copy with what is left to keep."""
        if isinstance(value, dict):
            return {k: self.of(v, may_end=k in _LISTS) for k, v in value.items()}
        if not isinstance(value, list):
            return value
        out = []
        for item in value:
            if may_end:
                if self.kept == self.most:
                    break
                self.kept += 1
            out.append(self.of(item))
        return out


def _size(answer: Answer) -> int:
    """Return the characters of an answer as the SDK writes it."""
    return len(to_json(answer, fallback=str, indent=2).decode())
