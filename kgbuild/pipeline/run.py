"""A scripted run: documents in, tables, graph and report out, nothing lost.

The corpus is cut into shards of consecutive documents. A shard is the unit of work:
one worker annotates it and writes its Parquet files, each atomically, then its
manifest. A run that was killed finds the manifests of its finished shards and does only
the others, so it ends with the same bytes as one that was not.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import platform
import time
from collections import Counter
from dataclasses import asdict, dataclass, replace
from itertools import chain, islice
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgbuild import corpus
from kgbuild._io.files import check_readable, check_writable, sha256_of
from kgbuild._io.locks import LOCK_FILE, alone
from kgbuild._io.progress import track
from kgbuild._io.streams import is_stream
from kgbuild._version import __version__
from kgbuild.errors import ConfigError, DocumentFailure, InputError
from kgbuild.graph import KnowledgeGraph
from kgbuild.pipeline.builtin import make_pipeline
from kgbuild.pipeline.executors import LocalExecutor
from kgbuild.pipeline.shards import (
    RECORD,
    ShardWorker,
    abandon,
    check_own,
    drop_stale,
    prepare,
    shards_of,
    write_text,
)

if TYPE_CHECKING:
    import polars as pl

    from kgbuild.pipeline.builtin import AnnotationSettings
    from kgbuild.pipeline.chain import Pipeline
    from kgbuild.pipeline.executors import Executor
    from kgbuild.pipeline.settings import RunSettings


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


def run(
    settings: RunSettings,
    *,
    pipeline: Pipeline | None = None,
    executor: Executor | None = None,
) -> RunResult:
    """Read, annotate, connect, report.

    Parameters
    ----------
    settings
        See :class:`kgbuild.pipeline.settings.RunSettings`.
    pipeline
        In place of ``settings.annotation``. With several processes its stages must
        pickle.
    executor
        Where shards are worked on; by default ``settings.processes`` of this machine.

    Returns
    -------
    RunResult
        In the folder: ``documents/``, ``mentions/``, ``statements/``, ``concepts/``
        and ``associations/`` as Parquet, ``graph.graphml``, ``report.html``,
        ``failed.jsonl`` and ``run.json``.

    Raises
    ------
    InputError
        The input cannot be read at all, or holds no document.
    ConfigError, ResourceMissingError
        A setting is wrong, a model or vocabulary is missing, or another process is
        writing to the folder.
    """
    from kgbuild.graph import build_graph

    started = time.perf_counter()
    source = settings.input_path
    check_readable(source)
    output = settings.output
    if is_stream(output, writing=True) or output.is_file():
        msg = f"output must be a folder. Got the file {output}: name another."
        raise ConfigError(msg)
    check_writable(output)
    annotation = _with_threads(settings.annotation, settings.processes)
    stages = pipeline or make_pipeline(annotation)
    if pipeline is not None and executor is None and settings.processes > 1:
        _check_pickles(pipeline)
    versions = {"kgbuild": __version__, **stages.versions}
    # Look at the first document before anything is written.
    failures: list[DocumentFailure] = []
    documents = corpus.read(source, format=settings.format, on_error=failures.append)
    first = list(islice(documents, 1))
    if not first and not failures:
        reason = "There is no document in this file: check that it is the right one."
        raise InputError(reason, path=source)
    if not first:
        raise InputError(failures[0].reason, path=source, line=failures[0].line)

    digest = sha256_of(source)
    fingerprint = _fingerprint(settings, versions, digest)
    with alone(output / LOCK_FILE, at=output):
        resumed = prepare(output, fingerprint)
        stream = islice(chain(first, documents), settings.limit or None)
        shards = shards_of(track(stream, description="documents"), settings.shard_size)
        worker = ShardWorker(
            output=output, versions=versions, settings=annotation, pipeline=pipeline
        )
        try:
            done = (executor or LocalExecutor(settings.processes))(worker, shards)
            manifests = sorted(done, key=lambda m: m["shard"])
        except InputError:
            # The file breaks off: a sound copy of it is another input, so no shard of
            # this one will ever be of use.
            abandon(output)
            raise
        drop_stale(output, len(manifests))
        annotated = time.perf_counter()

        failures += [DocumentFailure(**f) for m in manifests for f in m["failures"]]
        chosen = settings.graph
        graph = build_graph(
            output,
            level=chosen.level,
            edges=chosen.edges,
            types=chosen.types,
            type_pairs=chosen.type_pairs,
            species=chosen.species,
            exclude=chosen.exclude,
            min_documents=chosen.min_documents,
            provenance=versions,
        )
        graph.save(output)
        graph.write(output / "graph.graphml")
        finished = time.perf_counter()

        n_documents = sum(m["documents"] for m in manifests)
        statuses: dict[str, Counter[str]] = {
            name: Counter() for name in (*stages.versions, *stages.switched_off)
        }
        for manifest in manifests:
            for stage, counts in manifest["status"].items():
                statuses.setdefault(stage, Counter()).update(counts)
        record = {
            "versions": {**versions, "python": platform.python_version()},
            "fingerprint": fingerprint,
            "settings": settings.to_dict(),
            "input": {"path": str(source), "sha256": digest},
            "vocabularies": _vocabularies(stages),
            "counts": {
                "documents": n_documents,
                "not_read": sum(f.stage == "read" for f in failures),
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
        lines = [json.dumps(asdict(f), ensure_ascii=False) + "\n" for f in failures]
        write_text(output / "failed.jsonl", "".join(lines))
        _write_report(output, graph, record, settings)
        check_own(output, fingerprint)
        write_text(output / RECORD, json.dumps(record, indent=1, ensure_ascii=False))
        return RunResult(output=output, record=record, graph=graph, failures=failures)


def _check_pickles(pipeline: Pipeline) -> None:
    try:
        ForkingPickler.dumps(pipeline)
    except Exception as error:
        msg = (
            f"{pipeline!r} cannot go to other processes ({error}): run in one process, "
            "or name its stages by import path in the settings."
        )
        raise ConfigError(msg) from error


def _with_threads(settings: AnnotationSettings, processes: int) -> AnnotationSettings:
    """Share the cores among workers: threads inside each would fight over them."""
    if settings.threads or processes == 1:
        return settings
    return replace(settings, threads=max(1, multiprocessing.cpu_count() // processes))


def _vocabularies(pipeline: Pipeline) -> dict[str, list[str]]:
    """Return layer and version of the vocabularies behind each entity type."""
    normalizer = next((s for s in pipeline.stages if s.name == "normalize"), None)
    return {
        kind: [f"{v.layer} {v.version}" for v in given]
        for kind, given in getattr(normalizer, "vocabularies", {}).items()
    }


def _fingerprint(settings: RunSettings, versions: dict[str, str], digest: str) -> str:
    """Tell runs apart whose shards would differ."""
    relevant = settings.to_dict()
    for key in ("output", "processes", "graph"):
        relevant.pop(key)
    relevant["annotation"].pop("threads")
    payload = [relevant, versions, digest]
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()


def _unlinked(output: Path, *, most: int = 30) -> pl.DataFrame:
    """Return the commonest texts that were found and have no identifier."""
    import polars as pl

    shards = sorted((output / "mentions").glob("*.parquet"))
    if not shards:
        return pl.DataFrame()
    return (
        pl.scan_parquet(shards)
        .filter(pl.col("concepts").list.len() == 0)
        .group_by(pl.col("type").cast(pl.String), "text")
        .agg(
            pl.len().alias("mentions"),
            pl.col("document_id").n_unique().alias("documents"),
        )
        .sort(
            "documents",
            "mentions",
            "type",
            "text",
            descending=[True, True, False, False],
        )
        .head(most)
        .collect()
    )


def _write_report(
    output: Path, graph: KnowledgeGraph, record: dict[str, Any], settings: RunSettings
) -> None:
    from kgbuild.tables import read_table
    from kgbuild.widgets.report import report_html

    documents = read_table(output / "documents", name="documents")
    page = report_html(
        graph, record, documents=documents, unlinked=_unlinked(output),
        top=settings.graph.top,
    )  # fmt: skip
    write_text(output / "report.html", page)
