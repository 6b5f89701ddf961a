"""gilda's half of ``normalization.py``: run by a Python that has gilda installed.

    python normalization_gilda.py TERMS MENTIONS ANSWERS

Reads names (type, id, name, preferred name, status, taxon) and texts (type, text),
makes one grounder a type with gilda's own code, grounds every text and writes its best
id. Prints seconds as JSON. Nothing of kgbuild is imported.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from pathlib import Path

from gilda.grounder import Grounder
from gilda.process import normalize
from gilda.term import Term

#: Organisms in order of preference; gilda's filter for genes.
ORGANISMS = ["9606", "10090", "7955", "7227"]


def main() -> None:
    """Ground and print."""
    terms_file, mentions_file, answers_file = map(Path, sys.argv[1:4])
    started = time.perf_counter()
    terms: dict[str, list[Term]] = defaultdict(list)
    with terms_file.open(encoding="utf-8") as stream:
        for line in stream:
            kind, concept, text, name, status, taxon = line.rstrip("\n").split("\t")
            prefix, _, local = concept.partition(":")
            terms[kind].append(
                Term(
                    normalize(text), text, prefix, local, name, status, "same",
                    organism=taxon or None,
                )
            )  # fmt: skip
    grounders = {kind: Grounder(given) for kind, given in terms.items()}
    built = time.perf_counter() - started

    rows = [
        line.rstrip("\n").split("\t")
        for line in mentions_file.read_text(encoding="utf-8").splitlines()
    ]
    answers = []
    started = time.perf_counter()
    for kind, text in rows:
        matches = grounders[kind].ground(text, organisms=ORGANISMS)
        best = matches[0].term if matches else None
        answers.append("" if best is None else f"{best.db}:{best.id}")
    seconds = time.perf_counter() - started
    answers_file.write_text("\n".join(answers), encoding="utf-8")
    sys.stdout.write(json.dumps({"built": built, "seconds": seconds}))


if __name__ == "__main__":
    main()
