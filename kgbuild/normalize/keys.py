"""Keys under which names are stored and looked up.

Two names that mean the same thing differ in case, dashes, Greek letters, numerals,
plurals, spelling and word order. Two keys remove these differences, the second more
of them than the first:

* :func:`simplified_key`: letters and digits alone, lower case, Greek letters spelled
  out. ``"TNF-α"``, ``"TNF alpha"`` and ``"Tnfalpha"`` share one.
* :func:`token_key`: the sorted words without stop words, each without its plural and
  its British spelling, Roman numerals as digits. ``"Diabetes Mellitus, Type II"`` and
  ``"type 2 diabetes mellitus"`` share one.

Both are applied to vocabulary and query alike, so a rule that is odd for one word does
no harm unless it makes two different names equal.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

#: Version of the keys; a compiled vocabulary states with which it was made.
KEYS_VERSION = 1

#: Longest text that is ever a name; what is longer is prose.
MAX_NAME_LENGTH = 2_000

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon",
    "ζ": "zeta", "η": "eta", "θ": "theta", "ι": "iota", "κ": "kappa",
    "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "ο": "omicron", "π": "pi",
    "ρ": "rho", "σ": "sigma", "ς": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi",
    "χ": "chi", "ψ": "psi", "ω": "omega", "ϵ": "epsilon", "ϕ": "phi", "ϑ": "theta",
}  # fmt: skip

ROMAN = {
    "i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7",
    "viii": "8", "ix": "9", "x": "10", "xi": "11", "xii": "12",
}  # fmt: skip

STOP_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "as",
        "at",
        "by",
        "for",
        "from",
        "in",
        "into",
        "of",
        "on",
        "or",
        "other",
        "s",
        "the",
        "their",
        "to",
        "with",
    ]
)

#: Letters that decompose to nothing useful: ligatures and barred letters.
_LETTERS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i"})
_GREEK_TABLE = str.maketrans(GREEK)
#: As above, set off by blanks, so that ``"β-catenin"`` and ``"IL1β"`` give words.
_GREEK_WORDS = str.maketrans({letter: f" {name} " for letter, name in GREEK.items()})
_NOT_ALPHANUMERIC = re.compile(r"[^a-z0-9]+")
_LONE_SHARP_S = re.compile(r"(?<![^\W\d_])ß(?![^\W\d_])")
_NOT_WORD = re.compile(r"[\W_]+")


@lru_cache(maxsize=65_536)
def simplified_key(text: str) -> str:
    """Return the letters and digits of a name, folded to lower case.

    Parameters
    ----------
    text
        A name or a mention.

    Returns
    -------
    str
        Empty where the text has neither letter nor digit.

    Examples
    --------
    >>> simplified_key("TNF-α"), simplified_key("Tumour necrosis factor")
    ('tnfalpha', 'tumournecrosisfactor')
    """
    if text.isascii():
        return _NOT_ALPHANUMERIC.sub("", text.lower())
    return _NOT_WORD.sub("", _fold(text).translate(_GREEK_TABLE))


@lru_cache(maxsize=65_536)
def token_key(text: str) -> str:
    """Return the sorted, stemmed words of a name without stop words.

    Parameters
    ----------
    text
        A name or a mention.

    Returns
    -------
    str
        Words joined by one blank each; empty where nothing but stop words is left.

    Examples
    --------
    >>> token_key("Diabetes Mellitus, Type II")
    '2 diabete mellitus type'
    >>> token_key("tumours of the breast") == token_key("Breast tumor")
    True
    """
    return " ".join(sorted(set(words(text))))


def words(text: str) -> list[str]:
    """Return the stemmed words of a name in their order, without stop words."""
    if text.isascii():
        found = [stem for part in text.lower().split() for stem in _stems(part)]
        if len(found) != 1:
            return found
        parts = _NOT_ALPHANUMERIC.split(text.lower())
    else:
        parts = _NOT_WORD.split(_fold(text).translate(_GREEK_WORDS))
    found = [part for part in parts if part and part not in STOP_WORDS]
    # A lone numeral letter is a name of its own ("X", "V"), not a number.
    if len(found) > 1:
        found = [ROMAN.get(part, part) for part in found]
    return [stem(part) for part in found]


@lru_cache(maxsize=65_536)
def _stems(part: str) -> tuple[str, ...]:
    """Return the words of what stands between two blanks, among others."""
    found = [w for w in _NOT_ALPHANUMERIC.split(part) if w and w not in STOP_WORDS]
    return tuple(stem(ROMAN.get(word, word)) for word in found)


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Remove the plural and the British spelling of one lower-case word.

    Examples
    --------
    >>> [stem(w) for w in ("carcinomas", "anaemias", "tumours", "stenoses", "stenosis")]
    ['carcinoma', 'anemia', 'tumor', 'stenose', 'stenose']
    """
    if len(word) <= 3 or any(c.isdigit() for c in word):
        return word
    if word.endswith("omata"):
        word = word[:-2]
    elif word.endswith("ae"):
        word = word[:-1]
    elif word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "shes", "ches", "xes", "zes", "uses")):
        word = word[:-2]
    elif word.endswith("sis"):
        # Stenosis and disease have the same plural ending: both become -se.
        word = word[:-2] + "e"
    elif word.endswith("s") and not word.endswith(("ss", "us", "itis")):
        word = word[:-1]
    if "ae" in word or "oe" in word:
        word = word.replace("ae", "e").replace("oe", "e")
    if word.endswith("our") and len(word) > 5:
        word = word[:-3] + "or"
    if "isation" in word:
        word = word.replace("isation", "ization")
    for british, american in (("sulph", "sulf"), ("leuco", "leuko")):
        if british in word:
            word = word.replace(british, american)
    return word


def _fold(text: str) -> str:
    """Return the text in lower case, without accents and compatibility forms."""
    # Much biomedical text writes the German sharp s for beta.
    text = _LONE_SHARP_S.sub("β", unicodedata.normalize("NFKC", text))
    folded = text.casefold().translate(_LETTERS)
    decomposed = unicodedata.normalize("NFKD", folded)
    return "".join(c for c in decomposed if not unicodedata.combining(c))
