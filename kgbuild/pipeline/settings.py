"""Settings of a scripted run: defaults in code, changes in one TOML."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from kgbuild._io.paths import BUNDLED, data_path, pipeline_path
from kgbuild._io.settings import load_toml
from kgbuild.errors import ConfigError, ResourceMissingError, at_least
from kgbuild.pipeline.builtin import STAGES, AnnotationSettings, in_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphSettings:
    """How mentions become associations.

    Attributes
    ----------
    level
        Mentions together in a ``"sentence"`` or a ``"document"`` make an association.
    edges, types, type_pairs, species, exclude
        As for :func:`kgbuild.graph.build_graph`.
    min_documents
        Associations in fewer documents are left out.
    top
        Associations printed and shown in the report.
    """

    level: Literal["sentence", "document"] = "sentence"
    edges: Literal["co-mentions", "statements", "both"] = "co-mentions"
    types: tuple[str, ...] | None = None
    type_pairs: tuple[tuple[str, str], ...] | None = None
    species: tuple[int | str, ...] | None = None
    exclude: tuple[str, ...] | None = None
    min_documents: int = 1
    top: int = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """Everything that ``kgbuild run`` needs to know.

    Attributes
    ----------
    input
        A file that :func:`kgbuild.read` reads, or ``bundled:NAME`` for a file of
        ``data/``.
    format
        Format of the input; by default its name and first bytes tell.
    output
        Folder for tables, graph and report.
    limit
        Read at most so many documents; 0 reads all.
    shard_size
        Documents per shard: the unit that a killed run need not do again.
    processes
        Worker processes; each loads the models once.
    annotation
        See :class:`~kgbuild.pipeline.builtin.AnnotationSettings`.
    stages
        ``annotation.stages``, where there is room for a table each: ``[[stages]]``.
    graph
        See :class:`GraphSettings`.
    """

    input: Path
    output: Path
    format: str | None = None
    limit: int = 0
    shard_size: int = 256
    processes: int = 1
    annotation: AnnotationSettings = field(default_factory=AnnotationSettings)
    stages: tuple[str | dict[str, Any], ...] = ()
    graph: GraphSettings = field(default_factory=GraphSettings)

    def __post_init__(self) -> None:
        for name in ("input", "output"):
            object.__setattr__(self, name, Path(getattr(self, name)))
        at_least(0, limit=self.limit)
        at_least(1, shard_size=self.shard_size, processes=self.processes)
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

    @property
    def input_path(self) -> Path:
        """The input as a path."""
        if str(self.input).startswith(BUNDLED):
            return data_path(str(self.input).removeprefix(BUNDLED))
        return Path(self.input)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for ``run.json``."""
        values: dict[str, Any] = TypeAdapter(RunSettings).dump_python(self, mode="json")
        return values


def load_settings(path: Path | str, **changes: Any) -> RunSettings:
    """Read and check the TOML of a run.

    Parameters
    ----------
    path
        A file, or the name of one of the bundled pipelines, such as
        ``"quickstart.toml"``. Paths in it are relative to its folder.
    changes
        Top-level settings that replace the file's, unless they are ``None``. Without
        an ``output`` in either, it is ``out/NAME`` in the working folder.

    Raises
    ------
    ConfigError
        The file is no TOML, or a key or value is wrong; all are named.
    InputError
        There is no such file.
    """
    path = Path(path)
    if not path.exists() and path.parent == Path():
        try:
            path = pipeline_path(path.name)
        except ResourceMissingError:
            path = Path(path)
    settings = load_toml(
        path,
        RunSettings,
        changes=changes,
        defaults={"output": Path("out") / path.stem},
    )
    stages = in_folder(settings.annotation.stages, path.parent.resolve())
    return replace(settings, annotation=replace(settings.annotation, stages=stages))
