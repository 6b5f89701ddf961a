"""What is named by its kind, and what is said to do something to the other."""

from __future__ import annotations

import pytest
from marked import marked

from kgbuild.text.apposition import is_apposition

KINDS = """
[Captopril], an [ACE inhibitor], was given for a week.
[Simvastatin] (40 mg), a lipophilic [statin], was given.
The [ACE inhibitor] [enalapril] lowered pressure.
The [statin] drug [simvastatin] was stopped.
[Statins] such as [simvastatin] are common.
[Statins], including pravastatin, rosuvastatin and [simvastatin], are common.
[Statins] (pravastatin, [simvastatin]) are common.
[Clozapine] is an atypical [antipsychotic].
[Aspirin] and other [salicylates] were stopped.
[Levofloxacin], one of the newer [fluoroquinolones], failed.
"""
OTHERS = """
[Codeine] is a prodrug of [morphine].
[Diltiazem], a [calcium] channel blocker, was given.
[Spironolactone], an [aldosterone] antagonist, was given.
[Captopril] with [enalapril] was given.
The anti-[aldosterone] drug [spironolactone] was given.
[Tamoxifen], an anti-[estrogen], was given.
[Naloxone] reversed the effect of [morphine].
[Codeine] and [morphine] were measured.
[Codeine] is metabolized to [morphine].
[Aspirin], which raised [lithium], was stopped.
"""


@pytest.mark.parametrize(
    ("line", "kind"),
    [(x, True) for x in KINDS.split("\n") if x]
    + [(x, False) for x in OTHERS.split("\n") if x],
)
def test_a_kind_is_no_relation(line: str, kind: bool) -> None:
    text, spans = marked(line)
    assert is_apposition(text, *spans) is kind
    assert is_apposition(text, *reversed(spans)) is kind
