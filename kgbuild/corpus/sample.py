"""The small corpus that comes with kgbuild, to try things on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgbuild._io.paths import data_path
from kgbuild.corpus._convert import read

if TYPE_CHECKING:
    from kgbuild.document import Document


def sample_corpus() -> list[Document]:
    """Return 45 short abstracts about drugs for blood pressure and the heart.

    The studies in them are invented (``data/README.md`` says how), so they are
    evidence for nothing; what they state is textbook knowledge.

    Returns
    -------
    list of Document
        Without mentions.

    Raises
    ------
    ResourceMissingError
        The file is not in this installation.

    Examples
    --------
    >>> documents = sample_corpus()
    >>> len(documents), documents[0].year
    (45, 1998)
    """
    return list(read(data_path("sample/raas.xml")))
