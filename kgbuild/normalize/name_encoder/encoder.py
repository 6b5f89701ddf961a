"""Names to unit vectors by ONNX Runtime, without torch."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kgbuild._io.paths import checked_place
from kgbuild._io.surrogates import without_halves
from kgbuild.encoder.files import TOKENIZER_FILE, load_tokenizer
from kgbuild.encoder.scorer import onnx_session, usable_cores
from kgbuild.encoder.token_types import token_types
from kgbuild.errors import InputError, ResourceMissingError, whole_number
from kgbuild.normalize.calibration import read_calibration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from kgbuild.normalize.calibration import Calibration

#: The encoder that ships with the package.
SHIPPED = Path(__file__).parents[2] / "models" / "name-encoder"
ONNX_FILE, CARD_FILE = "model.int8.onnx", "names.json"
#: Version of the folder's layout.
FORMAT = 1
#: Names that one thread takes at a time.
_PORTION = 64
#: Characters of a name that are looked at; the token limit cuts most names earlier.
_MAX_CHARACTERS = 400


class NameEncoder:
    """A learned space of names: those of one concept lie close together.

    Every name runs alone, as many at a time as there are threads: int8 quantization
    scales activations over the whole tensor, so that in a batch the neighbors would
    change a name's vector.

    Parameters
    ----------
    folder
        With ``model.int8.onnx``, ``tokenizer.json`` and ``names.json``.
    threads
        CPU threads; default: all cores that this process may use.

    Attributes
    ----------
    version
        Name, and twelve digits of the SHA-256 of weights and tokenizer.
    dimension
        Width of a vector.
    calibration
        Per entity type, how the evidence of nearest names becomes a chance; types that
        are not listed are not linked by nearest names.

    Raises
    ------
    ResourceMissingError
        The folder holds no name encoder.
    InputError
        Its ``names.json`` cannot be read.
    """

    version: str
    dimension: int
    calibration: dict[str, Calibration]

    def __init__(
        self, folder: Path | str | None = None, *, threads: int | None = None
    ) -> None:
        self.folder = SHIPPED if folder is None else checked_place("folder", folder)
        if threads is not None:
            whole_number(1, threads=threads)
        self.threads = threads
        for name in (ONNX_FILE, TOKENIZER_FILE, CARD_FILE):
            if not (self.folder / name).is_file():
                msg = (
                    f"There is no name encoder in {self.folder}: expected {name} "
                    "there; check the path, or write one with 'kgbuild names export'."
                )
                raise ResourceMissingError(msg)
        file = self.folder / CARD_FILE
        try:
            card = json.loads(file.read_text("utf-8"))
            version, name = card["format"], str(card["name"])
            self.dimension, self._limit = int(card["dimension"]), int(card["limit"])
            self.calibration = read_calibration(card.get("calibration", {}))
        except (ValueError, KeyError, TypeError) as error:
            reason = (
                f"This does not describe a name encoder ({error!r}): write it with "
                "'kgbuild names export'."
            )
            raise InputError(reason, path=file) from error
        if version != FORMAT:
            reason = (
                f"This name encoder has format {version}, this kgbuild reads format "
                f"{FORMAT}: export it again, or update kgbuild."
            )
            raise InputError(reason, path=file)
        digest = hashlib.sha256()
        for part in (ONNX_FILE, TOKENIZER_FILE):
            digest.update((self.folder / part).read_bytes())
        self.version = f"{name} {digest.hexdigest()[:12]}"
        self._session: Any = None
        self._tokenizer: Tokenizer | None = None

    def __repr__(self) -> str:
        return f"NameEncoder({self.version}, {self.dimension} dimensions)"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_encoder, (str(self.folder), self.threads))

    def encode(self, names: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of names.

        Parameters
        ----------
        names
            Any texts; of long ones, the first tokens count.

        Returns
        -------
        numpy.ndarray
            ``(len(names), dimension) float32``, rows of length 1. A name's vector does
            not depend on the other names.
        """
        if not names:
            return np.zeros((0, self.dimension), dtype=np.float32)
        self._load()
        texts = [without_halves(name[:_MAX_CHARACTERS]) for name in names]
        portions = [texts[i : i + _PORTION] for i in range(0, len(texts), _PORTION)]
        threads = self.threads or usable_cores()
        if threads == 1 or len(portions) == 1:
            done = list(map(self._encode, portions))
        else:
            with ThreadPoolExecutor(threads) as pool:
                done = list(pool.map(self._encode, portions))
        return np.concatenate(done)

    def _encode(self, texts: list[str]) -> NDArray[np.float32]:
        assert self._tokenizer is not None  # noqa: S101 - `encode` has loaded it
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        inputs = inputs_of(texts, self._tokenizer, limit=self._limit)
        for row, (ids, types) in enumerate(inputs):
            given = {"input_ids": ids[None], "token_type_ids": types[None]}
            vectors[row] = self._session.run(None, given)[0][0]
        return vectors

    def _load(self) -> None:
        if self._session is None:
            self._tokenizer = load_tokenizer(self.folder)
            self._session = onnx_session(self.folder / ONNX_FILE)


def _encoder(folder: str, threads: int | None) -> NameEncoder:
    return NameEncoder(folder, threads=threads)


def inputs_of(
    texts: Sequence[str], tokenizer: Tokenizer, *, limit: int
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return ids and token types of every text, cut to ``limit`` tokens.

    Parameters
    ----------
    texts
        Names.
    tokenizer
        Adds the special tokens at both ends.
    limit
        The last token, which is special, stays.
    """
    inputs = []
    for text, encoding in zip(texts, tokenizer.encode_batch(list(texts)), strict=True):
        ids = np.array(encoding.ids, dtype=np.int64)
        types = token_types(text, encoding.offsets)
        if len(ids) > limit:
            ids, types = np.append(ids[: limit - 1], ids[-1]), types[:limit]
        inputs.append((ids, types))
    return inputs
