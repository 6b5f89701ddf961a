"""Several taggers as one stage: each answers for types that the others do not know.

A further tagger that ships costs its folder in ``kgbuild/models`` and nothing else: who
asks for a type that it knows gets it, and only then is it loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgbuild._io.options import did_you_mean
from kgbuild.errors import ConfigError
from kgbuild.ner.storage import DEFAULT, EVERY, known_as, shipped_taggers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from kgbuild.document import Document
    from kgbuild.ner.tagger import Tagger


class Taggers:
    """Taggers that run one after the other, as one stage ``recognize``.

    All their mentions are kept, nested and equal ones of different types too: a cancer
    is a disease as well. Each mention names its recognizer.

    Parameters
    ----------
    taggers
        Of different names.

    Attributes
    ----------
    name
        ``"recognize"``, the stage's name.
    version
        Of all of them.
    types
        Entity types of their mentions.
    """

    name = "recognize"

    def __init__(self, taggers: Sequence[Tagger]) -> None:
        self.taggers = tuple(taggers)
        self.version = " + ".join(tagger.version for tagger in taggers)
        self.types = tuple(dict.fromkeys(t for one in taggers for t in one.types))
        self.threads = max((one.threads for one in taggers), default=1)

    @classmethod
    def of(
        cls, types: Iterable[str], load: Callable[[str], Tagger]
    ) -> Tagger | Taggers:
        """Return what recognizes these types: shipped taggers, or a single one.

        Parameters
        ----------
        types
            Entity types; see :func:`share_out`.
        load
            Gives a shipped tagger by its name.

        Raises
        ------
        ConfigError
            No tagger that ships knows one of the types.
        """
        shares = share_out(types)
        taggers = [load(name).restricted(own) for name, own in shares.items()]
        return taggers[0] if len(taggers) == 1 else cls(taggers)

    def __call__(self, document: Document) -> Document:
        """Return the document with the mentions that the taggers find added."""
        for tagger in self.taggers:
            document = tagger(document)
        return document

    def stream(
        self, documents: Iterable[Document], *, batch_size: int = 128
    ) -> Iterator[Document]:
        """Annotate many documents; see :class:`kgbuild.stage.Stage`.

        Parameters
        ----------
        documents
            Streamed; order is kept.
        batch_size
            Documents looked at together. It changes speed, never results.

        Yields
        ------
        Document
            As :meth:`__call__` returns it, in order.
        """
        for tagger in self.taggers:
            documents = tagger.stream(documents, batch_size=batch_size)
        yield from documents


def share_out(types: Iterable[str]) -> dict[str, list[str]]:
    """Return which shipped tagger answers for which of these types.

    The first one that knows a type by the name it is asked for, the default tagger
    first, the others by name; failing that, the first one that knows it under its usual
    name, or, with a warning, the wider type that it lies within. ``"all"`` is what the
    default one knows.

    Raises
    ------
    ConfigError
        None knows one of the types; those that are known are listed.
    """
    types = list(types)
    if types == [EVERY]:
        return {DEFAULT: types}
    known = {tagger.name: tagger.types for tagger in shipped_taggers()}
    every = tuple(dict.fromkeys(t for own in known.values() for t in own))
    shares: dict[str, list[str]] = {name: [] for name in known}
    for wanted in types:
        if wanted == EVERY:
            shares[DEFAULT].append(wanted)
            continue
        called = known_as(wanted, every)
        chosen = next((name for name, own in known.items() if called in own), None)
        if chosen is None:
            msg = (
                f"The taggers that ship know the entity types {', '.join(every)}. Got "
                f"{wanted!r}" + (did_you_mean(wanted, every) or ": choose among these.")
            )
            raise ConfigError(msg)
        shares[chosen].append(called)
    return {name: own for name, own in shares.items() if own}
