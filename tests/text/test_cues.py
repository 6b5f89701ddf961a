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
Inhibition of [PTGS1] by [aspirin] was not observed.
[Aspirin]-induced [asthma] was never seen.
[Rapamycin] inhibition of [MTOR] could not be detected in these cells.
No [asthma] was seen with [aspirin].
No [PTGS1] inhibition by [aspirin] took place.
The lack of [VHL] binding to [HIF1A] was unexpected.
A correlation was not found between [leptin] and [obesity].
There was no association of [NOD2] with [ulcerative colitis].
Absence of interaction between [ritonavir] and [digoxin] was confirmed.
Neither [zinc] nor copper prevented [pneumonia].
[Metformin] lowered neither weight nor [leptin].
[Aspirin], which crosses the barrier, does not inhibit [ACE].
[Captopril], which does not inhibit [MMP9], lowers pressure.
[Warfarin] (given at night) did not cause [alopecia].
None of the patients on [valproate] developed [pancreatitis].
None of these treated rats had [seizures] after [ketamine].
[Magnesium] was ineffective in preventing [migraine].
[Garlic] is ineffective against [hypertension].
[Sitagliptin] was devoid of any effect on [leptin].
[IL4] is dispensable for [colitis].
[Zinc] is unlikely to cause [gout].
It is unlikely that [zinc] causes [gout].
The findings argue against a role of [CCR5] in [psoriasis].
[Celecoxib] inhibits PTGS2 but not [PTGS1].
[Edema] came with amlodipine but not with [ramipril].
Ibuprofen, but not [codeine], inhibited [PTGS1].
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
[Captopril] lowered pressure; enalapril did not cause [cough].
[Aspirin], which does not cross the barrier, inhibits [PTGS1].
[Aspirin] (which is not an opioid) inhibits [PTGS1].
[Aspirin] – not a steroid – inhibits [PTGS1].
[MDM2], the absence of which does not slow growth, binds [TP53].
[Metformin], in whom weight did not change, lowered [leptin].
[Captopril], but neither enalapril nor ramipril, caused [cough].
Although no association was found in women, [obesity] raised [leptin] in men.
In the absence of binding, [calmodulin] activates [CAMK2A].
No animals died, and [naloxone] reversed the [hypotension].
Bleeding was not seen with placebo, and [warfarin] inhibited [VKORC1].
Inhibition of [PTGS1] by [aspirin] was not reversible.
[Aspirin]-induced [asthma] was not severe.
The lack of [insulin] causes [ketoacidosis].
No [insulin] was given to those with [ketoacidosis].
[Ibuprofen], but not codeine, inhibited [PTGS1].
[Celecoxib] inhibits [PTGS2] but not PTGS1.
The ineffective [CFTR] causes [cystic fibrosis].
None of the patients died, and [naloxone] reversed the [hypotension].
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
