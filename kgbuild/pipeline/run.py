"""A scripted run: documents in, tables, graph and report out, nothing lost.

The corpus is cut into shards of consecutive documents. A shard is the unit of work:
one worker annotates it and writes its two Parquet files, each atomically, then its
manifest. A run that was killed finds the manifests of its finished shards and does only
the others, so it ends with the same bytes as one that was not.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import platform
import shutil
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgbuild import corpus
from kgbuild._io.files import check_readable, write_atomically
from kgbuild._io.progress import track
from kgbuild._version import __version__
from kgbuild.document import Document
from kgbuild.errors import ConfigError, DocumentFailure, InputError
from kgbuild.graph import KnowledgeGraph
from kgbuild.pipeline.annotate import STAGES, Pipeline, failures_of, make_stages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kgbuild.pipeline.annotate import AnnotationSettings
    from kgbuild.pipeline.settings import RunSettings

_MANIFESTS = ".shards"
#: Shards that wait for a worker, per worker: bounds memory for endless input.
_QUEUED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What a run left.

    Attributes
    ----------
    output
        The folder.
    record
        What stands in ``run.json``.
    graph
        The graph.
    failures
        Documents that failed, with stage and reason; also in ``failed.jsonl``.
    """

    output: Path
    record: dict[str, Any]
    graph: KnowledgeGraph
    failures: list[DocumentFailure]


def run(settings: RunSettings) -> RunResult:
    """Read, annotate, connect, report.

    Parameters
    ----------
    settings
        See :class:`kgbuild.pipeline.settings.RunSettings`.

    Returns
    -------
    RunResult
        In the folder: ``documents/``, ``mentions/``, ``concepts/`` and
        ``associations/`` as Parquet, ``graph.graphml``, ``report.html``,
        ``failed.jsonl`` and ``run.json``.

    Raises
    ------
    InputError
        The input cannot be read at all, or holds no document.
    ConfigError, ResourceMissingError
        A setting is wrong, or a model or vocabulary is missing.
    """
    from kgbuild.graph import build_graph

    started = time.perf_counter()
    source = settings.input_path
    check_readable(source)
    output = settings.output
    if output.exists() and not output.is_dir():
        msg = f"output must be a folder. Got the file {output}: name another."
        raise ConfigError(msg)
    pipeline = make_stages(settings.annotation)
    versions = {"kgbuild": __version__, **pipeline.versions}
    # Look at the first document before anything is written.
    failures: list[DocumentFailure] = []
    documents = _unique(
        corpus.read(source, format=settings.format, on_error=failures.append), failures
    )
    first = list(islice(documents, 1))
    if not first and not failures:
        reason = "There is no document in this file: check that it is the right one."
        raise InputError(reason, path=source)
    if not first:
        raise InputError(failures[0].reason, path=source, line=failures[0].line)

    fingerprint = _fingerprint(settings, versions, source)
    resumed = _prepare(output, fingerprint)
    stream: Iterable[Document] = _chain(first, documents)
    if settings.limit:
        stream = islice(stream, settings.limit)
    shards = _shards(track(stream, description="documents"), settings.shard_size)
    try:
        if settings.processes == 1:
            done = _in_process(shards, pipeline, output, versions)
        else:
            done = _in_workers(shards, settings, output, versions)
        manifests = sorted(done, key=lambda m: m["shard"])
    except InputError:
        # The file breaks off: a sound copy of it is another input, so no shard of this
        # one will ever be of use.
        _abandon(output)
        raise
    _drop_stale(output, len(manifests))
    annotated = time.perf_counter()

    failures += [DocumentFailure(**f) for m in manifests for f in m["failures"]]
    graph = build_graph(
        output,
        level=settings.graph.level,
        min_documents=settings.graph.min_documents,
        provenance=versions,
    )
    graph.save(output)
    graph.write(output / "graph.graphml")
    finished = time.perf_counter()

    n_documents = sum(m["documents"] for m in manifests)
    n_unread = sum(f.stage == "read" for f in failures)
    statuses: dict[str, Counter[str]] = {stage: Counter() for stage in STAGES}
    for manifest in manifests:
        for stage, counts in manifest["status"].items():
            statuses[stage].update(counts)
    record = {
        "versions": {**versions, "python": platform.python_version()},
        "settings": settings.to_dict(),
        "input": {"path": str(source), "sha256": _sha256(source)},
        "counts": {
            "documents": n_documents,
            "not_read": n_unread,
            "documents_failed": len(
                {f.document_id for f in failures if f.stage != "read"}
            ),
            "without_abstract": sum(m["without_abstract"] for m in manifests),
            "mentions": sum(m["mentions"] for m in manifests),
            "linked_mentions": sum(m["linked"] for m in manifests),
            "concepts": graph.concepts.height,
            "associations": graph.associations.height,
        },
        "stages": {stage: dict(sorted(c.items())) for stage, c in statuses.items()},
        "shards": {"all": len(manifests), "found_finished": resumed},
        "seconds": {
            "annotate": round(annotated - started, 2),
            "graph": round(finished - annotated, 2),
            "all": round(finished - started, 2),
        },
        "documents_per_second": round(n_documents / (annotated - started), 1),
        "complete": not failures,
    }
    _write_lines(output / "failed.jsonl", [asdict(f) for f in failures])
    _write_report(output, graph, record, settings)
    _write_text(output / "run.json", json.dumps(record, indent=1, ensure_ascii=False))
    return RunResult(output=output, record=record, graph=graph, failures=failures)


# -- shards ----------------------------------------------------------------------------


def _shards(
    documents: Iterable[Document], size: int
) -> Iterator[tuple[int, list[Document]]]:
    source = iter(documents)
    number = 0
    while shard := list(islice(source, size)):
        yield number, shard
        number += 1


def _annotate_shard(
    number: int,
    documents: list[Document],
    pipeline: Pipeline,
    output: Path,
    versions: dict[str, str],
) -> dict[str, Any]:
    """Annotate one shard and write it, unless its manifest says that is done."""
    from kgbuild import tables

    manifest_file = output / _MANIFESTS / f"{number:05d}.json"
    ids = hashlib.sha256("\n".join(d.id for d in documents).encode()).hexdigest()
    finished = _read_json(manifest_file)
    if finished is not None and finished["ids"] == ids:
        return finished
    annotated = list(pipeline(documents))
    documents_frame, mentions_frame = tables.tables(annotated)
    for name, frame in (("documents", documents_frame), ("mentions", mentions_frame)):
        path = output / name / f"part-{number:05d}.parquet"
        tables.write_table(frame, path, name=name, provenance=versions)  # type: ignore[arg-type]
    status: dict[str, Counter[str]] = {stage: Counter() for stage in STAGES}
    for document in annotated:
        for entry in document.status:
            if entry.stage in status:
                status[entry.stage][entry.state] += 1
    manifest = {
        "shard": number,
        "ids": ids,
        "documents": len(annotated),
        "mentions": mentions_frame.height,
        "linked": sum(bool(m.concepts) for d in annotated for m in d.mentions),
        "without_abstract": sum(not d.text[len(d.title) :].strip() for d in annotated),
        "status": status,
        "failures": [asdict(f) for d in annotated for f in failures_of(d)],
    }
    _write_text(manifest_file, json.dumps(manifest))
    return manifest


def _in_process(
    shards: Iterable[tuple[int, list[Document]]],
    pipeline: Pipeline,
    output: Path,
    versions: dict[str, str],
) -> Iterator[dict[str, Any]]:
    for number, documents in shards:
        yield _annotate_shard(number, documents, pipeline, output, versions)


#: The worker's own pipeline: models are loaded once per process.
_worker: dict[str, Any] = {}


def _start_worker(
    settings: AnnotationSettings, output: Path, versions: dict[str, str]
) -> None:
    _worker.update(pipeline=make_stages(settings), output=output, versions=versions)


def _work(number: int, lines: list[str]) -> dict[str, Any]:
    documents = [Document.from_json(line) for line in lines]
    return _annotate_shard(number, documents, **_worker)


def _in_workers(
    shards: Iterable[tuple[int, list[Document]]],
    settings: RunSettings,
    output: Path,
    versions: dict[str, str],
) -> Iterator[dict[str, Any]]:
    """Hand shards to worker processes, a bounded number at a time."""
    # Workers share the cores: threads inside each would fight over them.
    annotation = _with_threads(settings.annotation, settings.processes)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        settings.processes,
        mp_context=context,
        initializer=_start_worker,
        initargs=(annotation, output, versions),
    ) as pool:
        waiting: set[Future[dict[str, Any]]] = set()
        try:
            for number, documents in shards:
                lines = [document.to_json() for document in documents]
                waiting.add(pool.submit(_work, number, lines))
                if len(waiting) >= _QUEUED * settings.processes:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            yield from (future.result() for future in waiting)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _with_threads(settings: AnnotationSettings, processes: int) -> AnnotationSettings:
    from dataclasses import replace

    if settings.threads:
        return settings
    cores = multiprocessing.cpu_count()
    return replace(settings, threads=max(1, cores // processes))


# -- documents -------------------------------------------------------------------------


def _unique(
    documents: Iterable[Document], failures: list[DocumentFailure]
) -> Iterator[Document]:
    """Refuse a document whose id was there before: ids join everything later."""
    seen: set[str] = set()
    for document in documents:
        if document.id in seen:
            failures.append(
                DocumentFailure(
                    document_id=document.id,
                    stage="read",
                    reason="A document with this id came before; ids must be unique.",
                )
            )
            continue
        seen.add(document.id)
        yield document


def _chain(first: list[Document], rest: Iterator[Document]) -> Iterator[Document]:
    yield from first
    yield from rest


# -- the output folder -----------------------------------------------------------------


def _fingerprint(settings: RunSettings, versions: dict[str, str], source: Path) -> str:
    """Tell runs apart whose shards would differ."""
    facts = settings.to_dict()
    for key in ("output", "processes", "graph"):
        facts.pop(key)
    facts["annotation"].pop("threads")
    payload = [facts, versions, _sha256(source)]
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()


def _prepare(output: Path, fingerprint: str) -> int:
    """Make the folder; forget shards of other runs. Return how many can stay."""
    folder = output / _MANIFESTS
    mark = folder / "fingerprint"
    if mark.exists() and mark.read_text("utf-8") == fingerprint:
        return len(list(folder.glob("*.json")))
    for old in folder.glob("*.json"):
        old.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    _write_text(mark, fingerprint)
    return 0


def _abandon(output: Path) -> None:
    """Remove the shards, and the folder if nothing else is in it."""
    for name in ("documents", "mentions", _MANIFESTS):
        shutil.rmtree(output / name, ignore_errors=True)
    if not any(output.iterdir()):
        output.rmdir()


def _drop_stale(output: Path, n_shards: int) -> None:
    """Remove shards beyond this run's last, which a longer run left in the folder."""
    for name in ("documents", "mentions", _MANIFESTS):
        for path in sorted((output / name).glob("*[0-9].*")):
            number = path.stem.removeprefix("part-")
            if number.isdigit() and int(number) >= n_shards:
                path.unlink()


def _write_report(
    output: Path, graph: KnowledgeGraph, record: dict[str, Any], settings: RunSettings
) -> None:
    from kgbuild import tables
    from kgbuild.pipeline.report import report_html

    documents = tables.read_table(output / "documents", name="documents")
    page = report_html(graph, record, documents=documents, top=settings.graph.top)
    _write_text(output / "report.html", page)


def _write_text(path: Path, text: str) -> None:
    with write_atomically(path) as stream:
        stream.write(text.encode("utf-8"))


def _write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    _write_text(path, "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows))


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
