from __future__ import annotations

import pytest

from kgbuild.graph.explanation import in_words

ENDS = [{"name": name, "type": "Gene", "documents": 4} for name in ("ACE", "REN")]


@pytest.mark.parametrize(
    ("p", "log10_p", "q", "said"),
    [
        (1.0, -0.0, 1.0, ["(p 1)", "q 1:"]),
        (0.04, -1.4, 0.2, ["(p 0.04)", "q 0.2:"]),
        (2e-7, -6.7, 1e-5, ["(p 2.0e-07)", "q 1.0e-05:"]),
        (0.0, -412.3, 0.0, ["(p 10^-412.3)", "q < 1e-300:"]),
        (0.0, None, 0.0, ["(p < 1e-300)"]),
    ],
)
def test_chance_is_said_as_people_write_it(p, log10_p, q, said):
    row = {
        "predicate": "co_mention", "documents": 1, "sentences": 1, "first_year": None,
        "last_year": None, "negated": 0, "hedged": 0, "npmi": 0.1, "score": 0.2,
        "p_value": p, "log10_p": log10_p, "q_value": q,
    }  # fmt: skip
    text = " ".join(in_words(row, ENDS, documents=9))
    assert [piece for piece in said if piece not in text] == []
