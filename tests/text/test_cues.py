"""What a sentence denies of two things that it names, and what it does not."""

from __future__ import annotations

import re

import pytest

from kgbuild.text.cues import is_denied

#: [A] and [B] mark the two.
DENIED = """
[Curcumin] does not block [EGFR] in these cells.
[Digoxin] fails to bind [albumin].
The mutant [VHL] no longer binds [HIF1A].
[Atenolol] was without effect on [anxiety].
Levels of [VEGFA] remained unchanged after [cobalt chloride].
[Nicotine] had no significant effect on the expression of [FOS].
Risk of [stroke] was independent of [homocysteine].
No interaction of [AKT1] with [GSK3B] could be detected.
Our data do not support a link between [DRD2] and [alcoholism].
There was no evidence of an association between [rs1801133] and [migraine].
No patient developed [hepatotoxicity] during treatment with [pravastatin].
Neither sex nor [vitamin D] was associated with [asthma].
A comparison of [nifedipine] with [verapamil] was not attempted.
It is unclear whether [zinc] protects from [pneumonia].
Whether [LRRK2] binds [RAB10] remains to be shown.
"""
#: With a word that denies something else.
STATED = """
[Losartan] lowers not only pressure but also [proteinuria].
[Aspirin] did not inhibit PTGS1 but blocked [PTGS2].
No rash was seen, whereas [isoniazid] caused [hepatitis].
[Captopril], but not enalapril, reduced [cough].
Patients who had not yet received [ramipril] had [hypertension].
[Digoxin] caused [arrhythmia], which did not recur.
No difference was seen between [olanzapine] and [quetiapine].
Mutations in [PLCE1] are not sufficient to cause [diffuse mesangial sclerosis].
The drug was not stopped; [clozapine] led to [agranulocytosis].
"""


@pytest.mark.parametrize(
    ("line", "denied"),
    [(x, True) for x in DENIED.split("\n") if x]
    + [(x, False) for x in STATED.split("\n") if x],
)
def test_a_denial_is_of_the_two(line: str, denied: bool) -> None:
    text, spans = "", []
    for piece in re.findall(r"\[.*?\]|[^\[\]]+", line):
        name = piece.strip("[]") if piece[0] == "[" else piece
        if piece[0] == "[":
            spans.append((len(text), len(text) + len(name)))
        text += name
    assert is_denied(text, *spans) is denied
    assert is_denied(text, *reversed(spans)) is denied
