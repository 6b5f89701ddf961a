"""Where a run's documents come from: files, or a query of PubMed."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from kgbuild import corpus
from kgbuild._io.files import check_readable, sha256_of
from kgbuild._io.paths import BUNDLED, data_path
from kgbuild._io.streams import is_stream
from kgbuild._io.warn import warn_user
from kgbuild.corpus.pubmed_xml import oldest_first, pubmed_files
from kgbuild.errors import ConfigError, DocumentFailure, InputError, KgbuildError
from kgbuild.pipeline.checkpoints import FileGroups, Group
from kgbuild.pipeline.shards import OWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from kgbuild.document import Document
    from kgbuild.pipeline.settings import FetchSettings, InputSettings, RunSettings

    OnFailure = Callable[[DocumentFailure], None]


class Source(Protocol):
    """What a run reads.

    Attributes
    ----------
    parts
        Names of what it is made of. A folder of results is this run's own where the
        parts of the run that made it are among them.
    """

    @property
    def parts(self) -> frozenset[str]:
        """See above."""
        ...

    def record(self) -> dict[str, Any]:
        """Return what ``run.json`` says of it."""
        ...

    def groups(self, on_failure: OnFailure) -> Iterator[Group]:
        """Yield the documents in groups; hand over what cannot be had."""
        ...

    def nothing(self, failures: Sequence[DocumentFailure]) -> KgbuildError:
        """Return what to raise where there is no document, for reasons known."""
        ...


def source_of(settings: RunSettings) -> Source:
    """Return the source that settings name, having looked that it is there.

    Raises
    ------
    InputError
        A file is missing or cannot be read, or a pattern finds none.
    ConfigError
        A setting is wrong.
    """
    if settings.fetch is not None:
        return Fetched(settings.fetch)
    assert settings.input is not None  # noqa: S101 - settings see to it
    return Files(
        settings.input,
        # Of the first few documents, the graph sees to it.
        once=not settings.run.limit,
        notes=settings.output / OWN / "files",
        shard_size=settings.run.shard_size,
    )


class Files:
    """Files, patterns and folders.

    Parameters
    ----------
    settings
        See :class:`~kgbuild.pipeline.settings.InputSettings`.
    once
        Whether a paper that comes several times is given in its newest version only;
        all has to be read to know.
    notes
        Folder for notes of which files of PubMed were read.
    shard_size
        Documents that are worked on together.

    Raises
    ------
    InputError
        A file is missing or cannot be read, or a pattern finds none.
    """

    def __init__(
        self,
        settings: InputSettings,
        *,
        once: bool,
        notes: Path,
        shard_size: int,
    ) -> None:
        self._once, self._notes, self._shard_size = once, notes, shard_size
        self._settings = settings
        self._given = list(settings.files)  # type: ignore[arg-type]
        found = {given: _found(given) for given in self._given}
        self.files = oldest_first(
            [*dict.fromkeys(file for each in found.values() for file in each)]
        )
        if not self.files:
            reason = "This folder is empty: download PubMed's files into it first."
            raise InputError(reason, path=self._given[0])
        # Right after a baseline there are no updates yet.
        for folder in (given for given, files in found.items() if not files):
            warn_user(
                f"{folder} is empty: nothing is read from it.", corpus.CorpusWarning
            )
        self._formats = {
            corpus.format_of(file, name=settings.format).name for file in self.files
        }

    @property
    def parts(self) -> frozenset[str]:
        """Files and patterns, as given."""
        return frozenset(
            str(f) if str(f).startswith(BUNDLED) or is_stream(f) else str(f.absolute())
            for f in self._given
        )

    def record(self) -> dict[str, Any]:
        """Return the files with their SHA-256."""
        each = [{"path": str(f), "sha256": d} for f, d in self._digests.items()]
        return each[0] if len(each) == 1 else {"files": each}

    @cached_property
    def _digests(self) -> dict[Path, str]:
        return {file: sha256_of(file) for file in self.files}

    def groups(self, on_failure: OnFailure) -> Iterator[Group]:
        """Yield the documents of all files; ids are unique among them."""
        if self._once and len(self.files) > 1 and self._formats == {"pubmed-xml"}:
            yield from FileGroups(
                self._digests,
                folder=self._notes,
                shard_size=self._shard_size,
                on_failure=on_failure,
            )
            return
        documents = corpus.read(
            self.files,
            format=self._settings.format,
            entity_type=self._settings.entity_type,
            on_error=on_failure,
            once=self._once,
        )
        yield Group(documents)

    def nothing(self, failures: Sequence[DocumentFailure]) -> KgbuildError:
        """Return what to raise where there is no document."""
        first = self.files[0]
        if failures:
            where = failures[0].path or first
            return InputError(failures[0].reason, path=where, line=failures[0].line)
        reason = "There is no document in this file: check that it is the right one."
        if len(self.files) > 1:
            reason = (
                f"Neither here nor in the {len(self.files) - 1} files after it "
                "is any document: check that they are the right ones."
            )
        return InputError(reason, path=first)


class Fetched:
    """Papers of PubMed.

    Raises
    ------
    ConfigError
        A setting is wrong: no e-mail address is known, say.
    """

    def __init__(self, settings: FetchSettings) -> None:
        from kgbuild.pubmed import EntrezSettings, read_pmids

        self._settings = settings
        options = {
            name: value
            for name in (
                "email", "base_url", "cache", "refresh", "offline",
                "requests_per_second",
            )
            if (value := getattr(settings, name)) not in (None, False)
        }  # fmt: skip
        self._entrez = EntrezSettings.resolve(**options)
        self._bad: list[DocumentFailure] = []
        self._answer: dict[str, Any] = {}
        pmids = settings.pmids
        self._wanted: str | list[int] = (
            settings.query or ""
            if pmids is None
            else list(read_pmids(pmids, on_failure=self._bad.append))
            if isinstance(pmids, Path)
            else list(pmids)
        )

    @property
    def parts(self) -> frozenset[str]:
        """The query; lists of PMIDs may grow and shrink."""
        return frozenset([f"query {self._settings.query}"] if self._settings.query
                         else ["PMIDs"])  # fmt: skip

    def record(self) -> dict[str, Any]:
        """Return what was asked for, and once it was, what PubMed said of it."""
        if isinstance(self._wanted, str):
            return {"query": self._wanted, **self._answer}
        return {"pmids": len(self._wanted)}

    def groups(self, on_failure: OnFailure) -> Iterator[Group]:
        """Yield the papers as one group, the oldest PMID first for a query."""
        yield Group(self._documents(on_failure))

    def _documents(self, on_failure: OnFailure) -> Iterator[Document]:
        from kgbuild.pubmed import EntrezClient

        for failure in self._bad:
            on_failure(failure)
        chosen = self._settings
        with EntrezClient(self._entrez) as client:
            wanted: Iterable[int | str]
            if isinstance(self._wanted, str):
                found = client.search(
                    self._wanted,
                    since=chosen.since,
                    until=chosen.until,
                    date_type=chosen.date_type,
                    limit=chosen.limit or None,
                )
                self._answer = {"hits": found.count, "notes": list(found.warnings)}
                wanted = found.pmids
            else:
                wanted = self._wanted[: chosen.limit or None]
            yield from client.documents(
                wanted, full_text=chosen.full_text, on_failure=on_failure
            )

    def nothing(self, failures: Sequence[DocumentFailure]) -> KgbuildError:
        """Return what to raise where there is no paper."""
        what = (
            f"The query {self._wanted!r} has no hits in PubMed"
            if isinstance(self._wanted, str)
            else f"None of the {len(self._wanted):,} PMIDs could be fetched"
        )
        why = f" ({failures[0].reason})" if failures else ""
        return InputError(f"{what}{why}: mend [fetch].")


def _found(given: Path) -> list[Path]:
    """Return the files that a path, a pattern or a folder stands for."""
    text = str(given)
    if text.startswith(BUNDLED):
        return [data_path(text.removeprefix(BUNDLED))]
    if is_stream(given) or given.is_file():
        return [given]
    if given.is_dir():
        files = pubmed_files(given)
        if not files and any(given.iterdir()):
            reason = (
                "This folder holds no file pubmed*.xml.gz of PubMed: name its files, "
                f"for example by the pattern {text}/*.jsonl."
            )
            raise InputError(reason, path=given)
        return files
    if not any(letter in text for letter in "*?["):
        check_readable(given)
    anchor = Path(given.anchor)
    pattern = str(given.relative_to(anchor)) if given.anchor else text
    try:
        files = sorted(f for f in anchor.glob(pattern) if f.is_file())
    except (ValueError, NotImplementedError) as error:
        msg = f"{text} is no pattern of files ({error}): use * and ? as a shell does."
        raise ConfigError(msg) from error
    if not files:
        reason = "No file is called so: mend the pattern."
        raise InputError(reason, path=given)
    return files
