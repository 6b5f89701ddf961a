"""Settings of a run: defaults in code, changes in one TOML.

``docs/settings/`` is made of the docstrings here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import TypeAdapter

from kgbuild._io.options import known, listed
from kgbuild.errors import ConfigError, at_least
from kgbuild.graph.export import formats
from kgbuild.graph.ranks import Rank, check_rank
from kgbuild.pipeline.builtin import STAGES, AnnotationSettings

Edges: TypeAlias = Literal["co-mentions", "statements", "both"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSettings:
    """Files to read; ``input = "FILE"`` is short for the key ``files``.

    Attributes
    ----------
    files
        Files in any format that :func:`kgbuild.read` knows; patterns, such as
        ``"corpus/*.jsonl.gz"``; folders of PubMed's own files. ``bundled:NAME`` is a
        file of kgbuild's ``data/``. What a pattern or a folder finds is sorted by name.
        Several files of PubMed XML are one corpus: the newest version of a record
        counts, and deleted ones do not. Which file is older, the numbers in PubMed's
        names tell (``pubmed26n0001.xml.gz``), whatever the order of the folders; other
        names are given the oldest first. Of other files, too, a paper counts once, in
        its newest version.
    format
        Format of all files; by default their names and first bytes tell.
    entity_type
        What CoNLL files mark whose tags name no type.
    """

    SHORTHAND: ClassVar[str] = "files"

    files: tuple[Path, ...] | Path = ()
    format: str | None = None
    entity_type: str | None = None

    def __post_init__(self) -> None:
        places = listed("input.files", self.files, kinds=(str, Path))
        object.__setattr__(self, "files", tuple(map(Path, places)))


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """Papers to fetch from PubMed, in place of files; a later run asks for new ones.

    Attributes
    ----------
    query
        As typed into PubMed.
    pmids
        Numbers, or a file of them (:func:`kgbuild.pubmed.read_pmids`), in place of a
        query.
    since, until
        First and last date, for a query: ``2020``, ``"2020-05"``, ``"2020-05-17"``.
    date_type
        Which date: of publication (``pdat``), entry into PubMed (``edat``), creation
        (``crdt``), last change (``mdat``).
    limit
        The newest so many; 0 takes all.
    full_text
        Whether to take the open full text from PMC where there is one.
    email
        Yours, for which NCBI asks; by default the environment's ``NCBI_EMAIL``. It does
        not go into the run's record. A key for NCBI is read from ``NCBI_API_KEY``.
    base_url
        E-utilities or a stand-in; by default ``KGBUILD_EUTILS_URL``, else NCBI.
    cache
        File of raw answers; by default in your cache folder.
    refresh
        Whether to ask again for records that the cache holds.
    offline
        Whether to send nothing, and take all from the cache.
    requests_per_second
        A lower limit than NCBI's.
    """

    query: str | None = None
    pmids: tuple[int, ...] | Path | None = None
    since: str | int | None = None
    until: str | int | None = None
    date_type: Literal["pdat", "edat", "crdt", "mdat"] = "pdat"
    limit: int = 0
    full_text: bool = False
    email: str | None = field(default=None, repr=False)
    base_url: str | None = None
    cache: Path | None = None
    refresh: bool = False
    offline: bool = False
    requests_per_second: int | None = None

    def __post_init__(self) -> None:
        if (self.query is None) == (self.pmids is None):
            msg = "[fetch] needs either query or pmids, and not both."
            raise ConfigError(msg)
        if self.pmids is not None and (self.since or self.until):
            msg = "since and until of [fetch] are for a query: drop them for pmids."
            raise ConfigError(msg)
        at_least(0, limit=self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphSettings:
    """How mentions become associations: all that ``kgbuild graph`` has.

    Attributes
    ----------
    edges
        ``"co-mentions"``, ``"statements"`` (relations that the documents state), or
        ``"both"``.
    level
        Mentions together in a ``"sentence"``, a ``"window"`` of sentences or a
        ``"document"`` make an association.
    window
        For the level ``"window"``: how many sentences apart two mentions may stand.
    min_documents
        Associations in fewer documents are left out.
    types
        Keep concepts of these entity types only.
    type_pairs
        Keep associations between these pairs of types only, in either order.
    exclude
        Concepts to leave out; by default the generic ones, such as "disease"; an empty
        list keeps these too.
    species
        Count only documents that name one of these species (taxon numbers or
        ``ncbitaxon:…``), or none at all.
    mesh_tree
        MeSH's ``descYYYY.xml``: mentions count for the ancestors of a concept too.
    max_evidence
        How many documents to keep as evidence of each association.
    background
        Output folder of a run over another corpus: statistics and score are then of
        the documents of both; associations and their counts stay those of this one.
    on_disk
        Whether to put the graph together on disk, a range of pairs at a time: for one
        larger than memory. Of co-mentions alone, without a background; exports and
        Neo4j, which need a graph whole, are better left out.
    exports
        Formats to write beside the tables: ``graphml``, ``gexf``, ``cytoscape``,
        ``node-link``, ``kgx``, ``neo4j-csv``.
    """

    edges: Edges = "co-mentions"
    level: Literal["sentence", "window", "document"] = "sentence"
    window: int = 1
    min_documents: int = 1
    types: tuple[str, ...] | None = None
    type_pairs: tuple[tuple[str, str], ...] | None = None
    exclude: tuple[str, ...] | None = None
    species: tuple[int | str, ...] | None = None
    mesh_tree: Path | None = None
    max_evidence: int = 10
    background: Path | None = None
    on_disk: bool = False
    exports: tuple[str, ...] = ("graphml",)

    def __post_init__(self) -> None:
        if self.on_disk and (self.edges != "co-mentions" or self.background):
            msg = (
                "A graph that is put together on disk is of co-mentions, without a "
                "background: leave edges and background out, or on_disk."
            )
            raise ConfigError(msg)
        known("exports", self.exports, sorted({*formats()} - {"parquet"}))
        at_least(
            1, window=self.window, min_documents=self.min_documents,
            max_evidence=self.max_evidence,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Neo4jSettings:
    """The database that the graph goes to; without the table it goes to none.

    The password is read from the environment's ``NEO4J_PASSWORD`` alone.

    Attributes
    ----------
    uri
        For example ``"neo4j://localhost:7687"``; by default ``NEO4J_URI``.
    user
        By default ``NEO4J_USERNAME``, else ``neo4j``.
    database
        By default the user's home database.
    name
        Of the graph; by default that of the output folder. What an older graph of this
        name had, and the new one lacks, is deleted.
    documents
        Whether the documents that are evidence become nodes too.
    batch_size
        Concepts or associations per transaction.
    writers
        Connections that write at the same time.
    """

    uri: str | None = None
    user: str | None = None
    database: str | None = None
    name: str | None = None
    documents: bool = False
    batch_size: int = 2_000
    writers: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSettings:
    """What a person reads of the run.

    Attributes
    ----------
    html
        Whether to write ``report.html``.
    top
        Associations listed there and printed.
    by
        Column that orders those printed: ``score``, ``q_value``, ``npmi``, ….
    """

    html: bool = True
    top: int = 25
    by: Rank = "score"

    def __post_init__(self) -> None:
        at_least(0, top=self.top)
        check_rank(self.by)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionSettings:
    """Where and how the work is done; but for ``limit`` it never changes results.

    Attributes
    ----------
    limit
        Read at most so many documents; 0 reads all.
    executor
        ``"local"``: worker processes of this machine; ``"ray"``: actors of the Ray
        cluster of ``RAY_ADDRESS``, whose machines must all see the output folder, or
        of one on this machine.
    processes
        Worker processes; each loads the models once. With 0 the work is done in the
        run's own process, where a document that crashes ends the run.
    shard_size
        Documents per shard: the unit that a killed run need not do again.
    seconds_per_document
        A document that takes longer is left out, and listed in ``failed.jsonl``. A
        worker that gives no sign of life for five minutes more is ended, and its shard
        done again.
    memory_mb
        What a worker may hold, in MB; a document that takes more is left out. By
        default four fifths of the machine's memory, shared among the workers.
    """

    limit: int = 0
    executor: Literal["local", "ray"] = "local"
    processes: int = 1
    shard_size: int = 256
    seconds_per_document: float = 300.0
    memory_mb: int = 0

    def __post_init__(self) -> None:
        at_least(0, limit=self.limit, processes=self.processes)
        at_least(1, shard_size=self.shard_size)
        at_least(0, memory_mb=self.memory_mb)
        at_least(0.1, seconds_per_document=self.seconds_per_document)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """Everything that ``kgbuild run`` needs to know.

    Attributes
    ----------
    output
        Folder for tables, graph and report; by default ``out/NAME``, the name being
        that of the TOML.
    input
        See :class:`InputSettings`.
    fetch
        See :class:`FetchSettings`; in place of ``input``.
    annotation
        See :class:`~kgbuild.pipeline.AnnotationSettings`.
    stages
        ``annotation.stages``, where there is room for a table each: ``[[stages]]``.
        ``use`` names a stage, or the class of one of your own; the other keys are its
        settings: of a built-in stage those of ``[annotation]``.
    graph
        See :class:`GraphSettings`.
    neo4j
        See :class:`Neo4jSettings`.
    report
        See :class:`ReportSettings`.
    run
        See :class:`ExecutionSettings`.
    """

    output: Path
    input: InputSettings | None = None
    fetch: FetchSettings | None = None
    annotation: AnnotationSettings = field(default_factory=AnnotationSettings)
    stages: tuple[str | dict[str, Any], ...] = ()
    graph: GraphSettings = field(default_factory=GraphSettings)
    neo4j: Neo4jSettings | None = None
    report: ReportSettings = field(default_factory=ReportSettings)
    run: ExecutionSettings = field(default_factory=ExecutionSettings)

    def __post_init__(self) -> None:
        object.__setattr__(self, "output", Path(self.output))
        given: Any = self.input
        if given is not None and not isinstance(given, InputSettings):
            object.__setattr__(self, "input", InputSettings(files=given))
        if (self.input is None) == (self.fetch is None):
            msg = (
                "A run needs files or papers to fetch: give input (--input), or the "
                "table [fetch]"
            )
            if self.input is not None:
                msg = "input and [fetch] are both given: drop one of them"
            msg_0 = f"{msg}."
            raise ConfigError(msg_0)
        if self.stages:
            if self.annotation.stages != STAGES:
                msg = (
                    "stages are named twice, by [[stages]] and by [annotation] stages: "
                    "drop one of them."
                )
                raise ConfigError(msg)
            annotation = replace(self.annotation, stages=self.stages)
            object.__setattr__(self, "annotation", annotation)
            object.__setattr__(self, "stages", ())

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for ``run.json``; an e-mail address is left out."""
        values: dict[str, Any] = TypeAdapter(RunSettings).dump_python(self, mode="json")
        if self.fetch is not None:
            del values["fetch"]["email"]
            values["fetch"]["base_url"] = _without_user(self.fetch.base_url)
        if self.neo4j is not None:
            values["neo4j"]["uri"] = _without_user(self.neo4j.uri)
        return values


def _without_user(address: str | None) -> str | None:
    """Return an address without the user and password that it may hold."""
    return address and re.sub(r"//[^/@]*@", "//", address)
