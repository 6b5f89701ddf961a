"""The self-test: a known abstract through every stage, expected against recognised."""

from __future__ import annotations

import platform
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from kgbuild._io.paths import data_path
from kgbuild._version import __version__
from kgbuild.document import Document, Mention
from kgbuild.pipeline.annotated import failures_of
from kgbuild.pipeline.builtin import AnnotationSettings, make_pipeline

_PACKAGES = (
    "polars", "networkx", "onnxruntime", "tokenizers", "lxml", "biopython", "faiss-cpu",
    "neo4j", "ipywidgets", "torch", "transformers", "plotly",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorReport:
    """What :func:`examine` saw.

    Attributes
    ----------
    versions
        Of code, stages and packages; ``"(not installed)"`` for absent ones.
    device
        What the tagger runs on.
    failures
        Stages that failed, with reasons.
    expected, recognized
        Entity type → number of mentions with the right ids.
    missing
        Expected mentions (text, type, ids) that are not there with these ids.
    associations
        Associations that the abstract's graph has.
    """

    versions: dict[str, str]
    device: str
    failures: list[str]
    expected: dict[str, int]
    recognized: dict[str, int]
    missing: list[str]
    associations: int

    @property
    def sound(self) -> bool:
        """Whether nothing is missing and no stage failed."""
        return not self.failures and not self.missing and self.associations > 0

    def to_text(self) -> str:
        """Return the report for people."""
        lines = [f"{name:<14} {value}" for name, value in self.versions.items()]
        lines += [f"{'device':<14} {self.device}", ""]
        lines.append(f"{'type':<12}{'expected':>10}{'found':>8}")
        for name, n in self.expected.items():
            lines.append(f"{name:<12}{n:>10}{self.recognized.get(name, 0):>8}")
        lines.append(f"associations between them: {self.associations}")
        lines += [f"MISSING  {text}" for text in self.missing]
        lines += [f"FAILED   {text}" for text in self.failures]
        lines += ["", "all is well" if self.sound else "something is wrong, see above"]
        return "\n".join(lines)


def examine() -> DoctorReport:
    """Send the bundled abstract through every stage and compare.

    Returns
    -------
    DoctorReport

    Raises
    ------
    ResourceMissingError
        A model, a vocabulary or the abstract is missing from this installation.
    """
    from kgbuild.graph import build_graph

    text = data_path("sample/doctor.json").read_text("utf-8")
    gold = Document.from_json(text)
    # What the user has installed must not change what is expected.
    pipeline = make_pipeline(AnnotationSettings(vocabulary=(Path("starter"),)))
    annotated = next(pipeline([gold]))
    graph = build_graph([annotated])
    expected = Counter(m.type for m in gold.mentions)
    missing = [m for m in gold.mentions if not _has(annotated, m)]
    right = expected - Counter(m.type for m in missing)
    return DoctorReport(
        versions={
            "kgbuild": __version__,
            "python": platform.python_version(),
            **pipeline.versions,
            **{name: _version(name) for name in _PACKAGES},
        },
        device=f"CPU, {platform.machine()} {platform.system()}",
        failures=[f"{f.stage}: {f.reason}" for f in failures_of(annotated)],
        expected=dict(expected),
        recognized=dict(right),
        missing=[
            f"{m.text!r} at {m.start} ({m.type}, {', '.join(m.concepts)})"
            for m in missing
        ],
        associations=graph.associations.height,
    )


def _has(document: Document, wanted: Mention) -> bool:
    return any(
        m.span == wanted.span
        and m.type == wanted.type
        and (not wanted.concepts or set(m.concepts) & set(wanted.concepts))
        for m in document.mentions
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"
