"""Vocabularies that ship as tables: compiled once, into the user's cache folder."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild._io.files import sha256_of
from kgbuild._io.paths import user_cache
from kgbuild._version import __version__
from kgbuild.errors import InputError, ResourceMissingError
from kgbuild.normalize.keys import KEYS_VERSION
from kgbuild.normalize.vocabulary import FORMAT_VERSION, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: Which files a folder holds.
_CONTENTS = "contents"


def compiled_once(
    name: str,
    files: Sequence[Path],
    compile_into: Callable[[Path | None], list[Vocabulary]],
) -> list[Vocabulary]:
    """Open what tables are compiled to, and compile them where nobody has.

    Parameters
    ----------
    name
        How the folder's name begins; contents and version tell the rest.
    files
        The tables.
    compile_into
        Compiles them into a folder or, where nothing can be written there, in memory.

    Raises
    ------
    InputError
        A table is not what it should be.
    """
    facts = [__version__, FORMAT_VERSION, KEYS_VERSION]
    facts += [[file.name, sha256_of(file)] for file in files]
    digest = hashlib.sha256(json.dumps(facts).encode()).hexdigest()
    folder = user_cache() / f"{name}-{digest[:12]}"
    if folder.is_dir():
        with suppress(OSError, InputError, ResourceMissingError):
            return _opened(folder)
        shutil.rmtree(folder, ignore_errors=True)  # it is damaged
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # The folder is there whole or not at all.
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".") as beside:
            made = Path(beside) / "made"
            compile_into(made)
            names = sorted(file.name for file in made.iterdir())
            (made / _CONTENTS).write_text("\n".join(names), "utf-8")
            with suppress(OSError):  # another process was faster
                made.rename(folder)
        return _opened(folder)
    except OSError:
        return compile_into(None)


def _opened(folder: Path) -> list[Vocabulary]:
    names = (folder / _CONTENTS).read_text("utf-8").splitlines()
    return [Vocabulary.open(folder / name) for name in names]
