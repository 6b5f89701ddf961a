"""kgbuild: from biomedical literature to a knowledge graph.

    import kgbuild as kg

    documents = kg.read("abstracts.jsonl.gz")
    annotated = kg.annotate(documents)
    graph = kg.build_graph(annotated)
    graph.to_networkx()

Nothing is loaded before it is used: ``import kgbuild`` is fast and does nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kgbuild._io.lazy import lazy
from kgbuild._version import __version__

if TYPE_CHECKING:
    from kgbuild.corpus import FORMATS, CorpusWarning, convert, read, write
    from kgbuild.corpus.sample import sample_corpus
    from kgbuild.document import Document, Mention, Passage, Statement
    from kgbuild.errors import EntrezError, KgbuildError, NotFoundError
    from kgbuild.evaluation import evaluate, evaluate_files
    from kgbuild.explanation import explain
    from kgbuild.graph import KnowledgeGraph, build_graph
    from kgbuild.neo4j.store import Neo4jStore
    from kgbuild.ner.tagger import load_tagger
    from kgbuild.normalize import (
        Candidate,
        Link,
        Normalizer,
        Vocabulary,
        build_vocabulary,
        normalize,
    )
    from kgbuild.pipeline import (
        AnnotatedCorpus,
        AnnotationSettings,
        Pipeline,
        RunSettings,
        load_settings,
    )
    from kgbuild.pipeline.annotate import annotate, pipe
    from kgbuild.pipeline.run import run
    from kgbuild.pubmed import fetch
    from kgbuild.relations import Extractor, load_extractor
    from kgbuild.store import AnnotationStore, open_store
    from kgbuild.testing import check_stage
    from kgbuild.variants import (
        VariantRecognizer,
        find_variants,
        link_variants,
        read_variant,
    )
    from kgbuild.widgets.browser import browse
    from kgbuild.widgets.evidence import evidence
    from kgbuild.widgets.highlight import show
    from kgbuild.widgets.network import draw
    from kgbuild.widgets.plots import (
        plot_associations,
        plot_neighbors,
        plot_type_pairs,
        plot_years,
    )

#: Public name → module it lives in. The facade is this table and nothing else.
_HOMES = {
    "AnnotatedCorpus": "kgbuild.pipeline",
    "AnnotationSettings": "kgbuild.pipeline",
    "AnnotationStore": "kgbuild.store",
    "Candidate": "kgbuild.normalize",
    "CorpusWarning": "kgbuild.corpus",
    "Document": "kgbuild.document",
    "EntrezError": "kgbuild.errors",
    "Extractor": "kgbuild.relations",
    "FORMATS": "kgbuild.corpus",
    "KgbuildError": "kgbuild.errors",
    "KnowledgeGraph": "kgbuild.graph",
    "Link": "kgbuild.normalize",
    "Mention": "kgbuild.document",
    "Neo4jStore": "kgbuild.neo4j.store",
    "Normalizer": "kgbuild.normalize",
    "NotFoundError": "kgbuild.errors",
    "Passage": "kgbuild.document",
    "Pipeline": "kgbuild.pipeline",
    "RunSettings": "kgbuild.pipeline",
    "Statement": "kgbuild.document",
    "VariantRecognizer": "kgbuild.variants",
    "Vocabulary": "kgbuild.normalize",
    "annotate": "kgbuild.pipeline",
    "browse": "kgbuild.widgets.browser",
    "build_graph": "kgbuild.graph",
    "build_vocabulary": "kgbuild.normalize",
    "check_stage": "kgbuild.testing",
    "convert": "kgbuild.corpus",
    "draw": "kgbuild.widgets.network",
    "evaluate": "kgbuild.evaluation",
    "evaluate_files": "kgbuild.evaluation",
    "evidence": "kgbuild.widgets.evidence",
    "explain": "kgbuild.explanation",
    "fetch": "kgbuild.pubmed",
    "find_variants": "kgbuild.variants",
    "link_variants": "kgbuild.variants",
    "load_extractor": "kgbuild.relations",
    "load_settings": "kgbuild.pipeline",
    "load_tagger": "kgbuild.ner.tagger",
    "normalize": "kgbuild.normalize",
    "open_store": "kgbuild.store",
    "pipe": "kgbuild.pipeline",
    "plot_associations": "kgbuild.widgets.plots",
    "plot_neighbors": "kgbuild.widgets.plots",
    "plot_type_pairs": "kgbuild.widgets.plots",
    "plot_years": "kgbuild.widgets.plots",
    "read": "kgbuild.corpus",
    "read_variant": "kgbuild.variants",
    "run": "kgbuild.pipeline",
    "sample_corpus": "kgbuild.corpus.sample",
    "show": "kgbuild.widgets.highlight",
    "write": "kgbuild.corpus",
}

__all__ = [
    "FORMATS",
    "AnnotatedCorpus",
    "AnnotationSettings",
    "AnnotationStore",
    "Candidate",
    "CorpusWarning",
    "Document",
    "EntrezError",
    "Extractor",
    "KgbuildError",
    "KnowledgeGraph",
    "Link",
    "Mention",
    "Neo4jStore",
    "Normalizer",
    "NotFoundError",
    "Passage",
    "Pipeline",
    "RunSettings",
    "Statement",
    "VariantRecognizer",
    "Vocabulary",
    "__version__",
    "annotate",
    "browse",
    "build_graph",
    "build_vocabulary",
    "check_stage",
    "convert",
    "draw",
    "evaluate",
    "evaluate_files",
    "evidence",
    "explain",
    "fetch",
    "find_variants",
    "link_variants",
    "load_extractor",
    "load_settings",
    "load_tagger",
    "normalize",
    "open_store",
    "pipe",
    "plot_associations",
    "plot_neighbors",
    "plot_type_pairs",
    "plot_years",
    "read",
    "read_variant",
    "run",
    "sample_corpus",
    "show",
    "write",
]


_get = lazy(__name__, _HOMES)


def __getattr__(name: str) -> Any:
    if name == "normalize":
        # The package is callable: importing it must not hide the function.
        return import_module("kgbuild.normalize")
    return _get(name)


def __dir__() -> list[str]:
    return sorted(__all__)
