"""Which drug a target tells the kind of, and which it does not."""

from __future__ import annotations

import pytest
from marked import marked

from kgbuild.text.targets import is_in_kind, is_of_another

#: [A] is the target or the drug, [B] the other.
OF_ANOTHER = """
Patients on the [ACE] inhibitor ramipril were compared with those on [nifedipine].
Volunteers who had the [PTGS2] blocker also took [folate].
[Naproxen] weakens the action of [ACE] inhibitors.
[VEGFA] inhibitor-induced hypertension was treated with [amlodipine].
[Omeprazole] was given beside a [TNF] antagonist.
Ramipril, an [ACE] inhibitor, was replaced by [bisoprolol].
[Bisoprolol] and an [ACE] inhibitor were stopped.
Patients on [bisoprolol] had taken [ACE] inhibitors.
The [GLP1R] receptor agonist exenatide slows the uptake of [paracetamol].
The effect of [morphine] was blocked by the [OPRM1] antagonist naloxone.
Ramipril is no serotonin-[SLC6A2] reuptake inhibitor but [bisoprolol] is cheaper.
The anti-[TNF] drug infliximab was compared with [bisoprolol].
The renin enzyme ([ACE])-inhibitor ramipril and the cheaper drug [bisoprolol] help.
"""
ITS_OWN = """
The [ACE] inhibitor [ramipril] was given.
The [ACE] inhibitors ramipril, [trandolapril] and captopril were given.
[ACE] inhibitors, such as [ramipril], were given with nifedipine.
[ACE] inhibitors ([ramipril] or trandolapril) were given.
[ACE] inhibitors that were tested: ramipril, [trandolapril].
[Ramipril], a long-acting [ACE] inhibitor, was given.
[Ramipril] (an [ACE] inhibitor) was given.
[Ramipril] is a potent, oral [ACE] inhibitor.
[Ramipril] and captopril are recognized [ACE] inhibitors.
[Ramipril] and other [ACE] inhibitors were given.
[Ramipril] belongs to the class of [ACE] inhibitors.
[Ramipril] was given as an [ACE] inhibitor.
[Ramipril] inhibits [ACE] in the lung.
[Ramipril] lowered the activity of [ACE].
"""


@pytest.mark.parametrize(
    ("line", "of_another"),
    [(x, says) for says, lines in ((True, OF_ANOTHER), (False, ITS_OWN))
     for x in lines.split("\n") if x],
)  # fmt: skip
def test_a_target_tells_the_kind_of_the_drug_beside_it(
    line: str, of_another: bool
) -> None:
    text, spans = marked(line)
    genes = {"ACE", "PTGS2", "VEGFA", "TNF", "GLP1R", "OPRM1", "SLC6A2"}
    target, drug = sorted(spans, key=lambda s: text[slice(*s)] not in genes)
    assert is_of_another(text, target, drug) is of_another


@pytest.mark.parametrize(
    ("line", "in_kind"),
    [
        ("[Dopamine] reuptake inhibitors help.", True),
        ("A [serotonin]-dopamine reuptake inhibitor was given.", True),
        ("A [serotonin]/dopamine receptor antagonist was given.", True),
        ("A [potassium]-channel blocker was given.", True),
        ("[Dopamine] D2 receptor agonists help.", True),
        ("[Glutamate] NMDA receptor antagonists help.", True),
        ("A [calcium] entry blocker was given.", True),
        ("The anti-[estrogen] tamoxifen was given.", True),
        ("[Zinc] and serotonin reuptake inhibitors help.", False),
        ("[Zinc] and receptor blockers help.", False),
        ("[Dopamine] inhibits prolactin.", False),
        ("[Dopamine] receptors were blocked.", False),
        ("The [ACE inhibitor] or angiotensin receptor blocker was given.", False),
        ("[Zinc] had antagonist activity.", False),
    ],
)
def test_a_word_of_a_kind_is_no_drug_of_its_own(line: str, in_kind: bool) -> None:
    text, (name,) = marked(line)
    assert is_in_kind(text, name) is in_kind
