"""A scripted run: documents in, tables, graph and report out, nothing lost.

The corpus is cut into shards of consecutive documents. A shard is the unit of work:
one worker annotates it and writes its Parquet files, each atomically, then its
manifest. A run that was killed finds the manifests of its finished shards and does only
the others, so it ends with the same bytes as one that was not. So does one over more
documents, or with another vocabulary: what it finds of an earlier run in the folder is
taken over, see :mod:`kgbuild.pipeline.states`.
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

from kgbuild._io.files import check_writable
from kgbuild._io.locks import LOCK_FILE, alone
from kgbuild._io.streams import is_stream
from kgbuild._version import __version__
from kgbuild.errors import ConfigError, DocumentFailure, InputError
from kgbuild.pipeline import outputs
from kgbuild.pipeline.builtin import check_types, make_pipeline
from kgbuild.pipeline.executors import LocalExecutor, make_executor
from kgbuild.pipeline.folder import RECORD, Folder, Totals
from kgbuild.pipeline.linking import unmet_corrections, vocabularies_of
from kgbuild.pipeline.shards import ShardWorker, write_text
from kgbuild.pipeline.sources import source_of
from kgbuild.pipeline.states import levels_of
from kgbuild.pipeline.watch import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    # Imported when there is a graph: the first document need not wait for them.
    from kgbuild.graph import KnowledgeGraph  # noqa: TC004
    from kgbuild.neo4j.store import Loaded  # noqa: TC004
    from kgbuild.pipeline.builtin import AnnotationSettings
    from kgbuild.pipeline.chain import Pipeline
    from kgbuild.pipeline.checkpoints import Group
    from kgbuild.pipeline.executors import Executor
    from kgbuild.pipeline.settings import RunSettings
    from kgbuild.pipeline.sources import Source


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
        The graph; of one made on disk, that nothing needed whole, its strongest
        associations.
    failures
        Documents that failed, with stage and reason; also in ``failed.jsonl``.
    loaded
        What went into Neo4j, if anything did.
    """

    output: Path
    record: dict[str, Any]
    graph: KnowledgeGraph
    failures: list[DocumentFailure]
    loaded: Loaded | None = None


def run(
    settings: RunSettings,
    *,
    pipeline: Pipeline | None = None,
    executor: Executor | None = None,
    overwrite: bool = False,
) -> RunResult:
    """Read or fetch, annotate, connect, report.

    In a folder that holds an earlier state of the same run, what is known already is
    taken over: documents that did not change, tagging where another vocabulary is
    asked for, everything but the graph where only its options changed.

    Parameters
    ----------
    settings
        See :class:`kgbuild.pipeline.settings.RunSettings`.
    pipeline
        In place of ``settings.annotation``. With one process its stages run in this
        one; with several, or with Ray, they must pickle.
    executor
        Where shards are worked on; by default what ``settings.run`` says.
    overwrite
        Whether the folder may hold the results of another run; whatever it holds is
        replaced, and nothing of it taken over.

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
        A setting is wrong, a model or vocabulary is missing, the folder holds another
        run, or another process is writing to it.
    EntrezError, Neo4jError
        PubMed or the database cannot be reached, or refuses.
    """
    started = time.perf_counter()
    source = source_of(settings)
    output = settings.output
    if is_stream(output, writing=True) or output.is_file():
        msg = f"output must be a folder. Got the file {output}: name another."
        raise ConfigError(msg)
    check_writable(output)
    outputs.check_graph(settings.graph)
    if settings.graph.background is not None:
        from kgbuild.graph.sources import require_mentions

        require_mentions(settings.graph.background)
    annotation = _with_threads(settings.annotation, settings.run.processes)
    stages = pipeline or make_pipeline(annotation)
    if pipeline is None:
        chosen = settings.graph
        check_types(
            annotation, stages, types=chosen.types, type_pairs=chosen.type_pairs
        )
    elif executor is None and _elsewhere(settings):
        _check_pickles(pipeline)
    versions = {"kgbuild": __version__, **stages.versions}
    levels = levels_of(stages, None if pipeline is not None else annotation)
    with outputs.database(settings.neo4j) as store:
        # Look at the first document before anything is written.
        failures: list[DocumentFailure] = []
        groups = _checked(source, failures, limit=settings.run.limit)
        read = source.record()
        folder = Folder(output, [level.key for level in levels])
        worker = ShardWorker(
            output=output.absolute(),
            versions=versions,
            settings=annotation,
            pipeline=pipeline,
            limits=Limits(
                seconds=settings.run.seconds_per_document,
                memory_mb=settings.run.memory_mb,
                processes=settings.run.processes,
            ),
        )
        with alone(output / LOCK_FILE, at=output):
            if not overwrite:
                folder.check_own(source.parts)
            begun = time.perf_counter()
            totals = _annotate(
                folder,
                source.parts,
                groups,
                exports=settings.graph.exports,
                worker=worker,
                executor=executor or _executor(settings, pipeline),
                shard_size=settings.run.shard_size,
                overwrite=overwrite,
            )
            if not settings.run.limit:
                folder.states.collect_garbage(folder.names)
            failures += chain.from_iterable(
                totals.failures[number] for number in sorted(totals.failures)
            )
            unmet = unmet_corrections(stages)
            outputs.look_for(unmet, output)
            unmet.warn()
            annotated = time.perf_counter()
            made = outputs.make_graph(settings, versions)
            graph = made.graph
            outputs.write_exports(
                graph, output, settings.graph.exports, before=folder.exported()
            )
            loaded = None
            if store is not None:
                loaded = outputs.load_graph(graph, store, settings)
            finished = time.perf_counter()
            record = {
                "versions": {**versions, "python": platform.python_version()},
                "fingerprint": _fingerprint(levels[-1].key, folder.names),
                "settings": settings.to_dict(),
                "input": read,
                "vocabularies": vocabularies_of(stages),
                **_counted(totals, failures, made),
                "stages": _statuses(stages, totals),
                "shards": {
                    "all": len(totals.places),
                    "found_finished": totals.found_finished,
                    "files_not_read": totals.files_not_read,
                },
                "reused": asdict(totals.reused),
                "workers_lost": dict(worker.lost),
                **({} if loaded is None else {"neo4j": asdict(loaded)}),
                "seconds": {
                    "annotate": round(annotated - started, 2),
                    "graph": round(finished - annotated, 2),
                    "all": round(finished - started, 2),
                    # Of all workers together, but for start-up and reading.
                    "each": {
                        "start-up": round(begun - started, 2),
                        **totals.clock.rounded(),
                    },
                },
                "documents_per_second": round(
                    totals.counts["documents"] / (annotated - started), 1
                ),
                "complete": not failures,
            }
            lines = [json.dumps(asdict(f), ensure_ascii=False) + "\n" for f in failures]
            write_text(output / "failed.jsonl", "".join(lines))
            outputs.write_report(output, graph, record, settings)
            folder.check_claim()
            write_text(
                output / RECORD, json.dumps(record, indent=1, ensure_ascii=False)
            )
            return RunResult(
                output=output,
                record=record,
                graph=graph,
                failures=failures,
                loaded=loaded,
            )


def _checked(
    source: Source, failures: list[DocumentFailure], *, limit: int
) -> Iterator[Group]:
    """Begin to read; raise where there is nothing to be had."""
    groups = source.groups(failures.append)
    begun = []
    for group in groups:
        begun.append(group)
        if group.shards:  # an earlier run has read them
            return chain(begun, groups)
        first = list(islice(group.documents, 1))
        documents = chain(first, group.documents)
        group.documents = islice(documents, limit or None)
        if first:
            return chain(begun, groups)
    raise source.nothing(failures)


def _annotate(
    folder: Folder,
    parts: frozenset[str],
    groups: Iterable[Group],
    *,
    exports: Iterable[str],
    worker: ShardWorker,
    executor: Executor,
    shard_size: int,
    overwrite: bool,
) -> Totals:
    """Do the shards that are not finished yet."""
    totals = Totals()
    fresh = folder.claim(parts, exports=exports, overwrite=overwrite)
    shards = folder.unfinished(groups, totals, size=shard_size)
    try:
        for manifest in executor(worker, shards):
            totals.add(manifest)
    except InputError:
        # The file breaks off. Where nothing was there before, nothing is left.
        if fresh:
            folder.abandon()
        raise
    folder.drop_stale(totals.places)
    return totals


def _counted(
    totals: Totals, failures: list[DocumentFailure], made: outputs.Made
) -> dict[str, Any]:
    unread = sum(f.stage in {"read", "fetch"} for f in failures)
    return {
        "counts": {
            "documents": totals.counts["documents"],
            "not_read": unread,
            "documents_failed": len(
                {f.document_id for f in chain.from_iterable(totals.failures.values())}
            ),
            "without_abstract": totals.counts["without_abstract"],
            "mentions": totals.counts["mentions"],
            "linked_mentions": totals.counts["linked"],
            "concepts": made.concepts,
            "associations": made.associations,
        }
    }


def _statuses(stages: Pipeline, totals: Totals) -> dict[str, dict[str, int]]:
    """Return how many documents of each stage are in which state, in their order."""
    names = dict.fromkeys([*stages.versions, *stages.switched_off, *totals.status])
    return {
        name: dict(sorted(totals.status.get(name, Counter()).items())) for name in names
    }


def _elsewhere(settings: RunSettings) -> bool:
    """Whether stages that somebody made are to go to other processes."""
    return settings.run.executor != "local" or settings.run.processes > 1


def _executor(settings: RunSettings, pipeline: Pipeline | None) -> Executor:
    """Return what settings say; with one process, made stages stay where they are."""
    if pipeline is not None and not _elsewhere(settings):
        return LocalExecutor(0)
    return make_executor(settings.run.executor, processes=settings.run.processes)


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
    if settings.threads or processes <= 1:
        return settings
    return replace(settings, threads=max(1, multiprocessing.cpu_count() // processes))


def _fingerprint(level: str, shards: Iterable[str]) -> str:
    """Tell apart runs whose tables differ."""
    text = "\n".join([level, *sorted(shards)])
    return hashlib.sha256(text.encode()).hexdigest()
