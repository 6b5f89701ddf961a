"""Hand-checked sentences over all families, and sentences that hold no variant."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgbuild.variants import FAMILIES, find_variants, read_variant


def _cases() -> list[tuple[str, str, str, str]]:
    lines = Path(__file__).with_name("cases.tsv").read_text(encoding="utf-8")
    rows = [line for line in lines.splitlines() if line and not line.startswith("#")]
    return [tuple(row.split("\t")) for row in rows]  # type: ignore[misc]


CASES = _cases()


@pytest.mark.parametrize(("marked", "kind", "core", "hgvs"), CASES)
def test_case(marked, kind, core, hgvs):
    before, _, rest = marked.partition("[[")
    mention, _, after = rest.partition("]]")
    found = find_variants(before + mention + after)
    assert [
        (
            m.start,
            m.end,
            m.variant.variant_class,
            m.variant.core,
            m.variant.hgvs or "-",
        )
        for m in found
    ] == [(len(before), len(before) + len(mention), kind, core, hgvs)]
