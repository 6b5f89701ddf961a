"""What a sentence says of two things in plain words."""

from __future__ import annotations

import pytest
from marked import marked

from kgbuild.text.plain_words import plain_kind, plain_sign

SIGNS = {
    "negative": """
Silencing of [TP53] increased [CCND1] in these cells.
Knockdown of [PTEN] raised the level of [AKT1].
[DICER1] knockdown led to accumulation of [MYC].
Loss of [NF1] activates [KRAS].
[TRAF3] deficiency caused [lymphoma].
[APOE]-deficient mice developed [atherosclerosis].
siRNA against [KEAP1] induced [HMOX1].
Knockout of [MSTN] raised [IGF1] in muscle.
[IL6] was increased in [TNF]-deficient mice.
[IL6] was raised by inhibition of [TNF].
[IL6] was reduced by [dexamethasone].
miR-21, found in all of them, knows no TNF; [TP53] represses [BCL2].
[TP53] (a kinase's target) down-regulates the expression of [BCL2].
[LCK](-/-) mice had higher [IL2].
[TP53] raises CDKN1A and represses [BCL2].
[Furosemide] caused thirst but lowered [potassium].
Fewer patients receiving [losartan] had [cough].
[Cough] was clearly less frequent with [losartan] than with captopril.
[Clozapine] causes less [parkinsonism] than haloperidol does.
""",
    "positive": """
Silencing of [MYC] lowered the level of [CDK4].
[HIF1A] knockdown decreased [VEGFA] in tumors.
Deletion of [TLR4] attenuated [colitis].
[TNF]-deficient mice were protected from [hepatitis].
An [IL1B] inhibitor reduced the severity of [gout].
An antibody against [VEGFA] slowed the growth of [glioblastoma].
[IL6] was lower in [TNF]-deficient mice.
[TNF] raised the expression of [IL6].
[IL6] was raised by [TNF].
[Ibuprofen] inhibits PTGS1 and causes [gastric ulcer].
[Ibuprofen] prevents pain, but also causes [gastric ulcer].
Silencing of [MYC] raised TP53 and lowered [CDK4].
""",
    None: """
[TP53] is a target of [MDM2].
[TP53] was measured, and [BCL2] was found.
[Rifampicin] accelerates the clearance of [warfarin].
[TP53] increased, whereas MDM2 lowered, [BCL2].
Deficiency of [VLCAD] caused impaired oxidation of [palmitate].
[Smac] induces degradation of [cIAP1].
The combination of [zinc] in isoproterenol induced [cardiomyopathy].
Seizures by [picrotoxin] induced by injection of [lidocaine].
Loss of [TP53] caused loss of [BCL2].
[Cough] was less frequent with losartan than with [captopril].
[Ibuprofen] inhibits PTGS1, which causes [gastric ulcer].
""",
}


@pytest.mark.parametrize(
    ("line", "sign"),
    [(x, sign) for sign, lines in SIGNS.items() for x in lines.split("\n") if x],
)
def test_a_loss_turns_the_sign_round(line: str, sign: str | None) -> None:
    text, spans = marked(line)
    assert plain_sign(text, *spans) == sign
    assert plain_sign(text, *reversed(spans)) == sign


KINDS = {
    "bind": """
[GRB2] directly binds to [SOS1].
[Heparin] binds plasma [antithrombin].
[FK506] is bound by [FKBP12] in the cytosol.
[CALM1] forms a complex with [CAMK2A].
""",
    "conversion": """
[Codeine] is converted into [morphine] in the liver.
[Prednisone] (oral) is rapidly metabolized to [prednisolone].
[Tryptophan] is the precursor of [serotonin].
The conversion of [cortisone] to [cortisol] took an hour.
""",
    "comparison": """
[Ticagrelor] was superior to [clopidogrel] after a year.
[Esomeprazole] acted faster than [omeprazole].
[Docetaxel] versus [paclitaxel]: a trial.
""",
    "cotreatment": """
[Dabrafenib] (150 mg) plus low-dose [trametinib] for a year.
[Gemcitabine] in combination with [capecitabine] was given.
[Cisplatin] was infused together with [etoposide].
The combination of oral [lopinavir] and [ritonavir] was safe.
Co-administration of [ezetimibe] with [simvastatin] was safe.
""",
    "agonist": """
[Salbutamol] is a selective agonist of [ADRB2].
The [OPRM1] agonist [morphine] was given.
[Morphine], a full [OPRM1] receptor agonist, was given.
""",
    "antagonist": """
[Propranolol] is an antagonist of [ADRB1].
[OPRM1] antagonists such as [naloxone] were given.
[Naloxone] (a potent [OPRM1] antagonist) was given.
""",
    "inhibitor": """
[Captopril], an [ACE] inhibitor, was given.
[Imatinib] is a potent inhibitor of [ABL1].
""",
    None: """
[Naloxone] reversed the effect of an [OPRM1] agonist.
[Morphine] and an [OPRM1] antagonist were given.
[Rimonabant], an inverse [CNR1] receptor inverse agonist, was given.
[GRB2] binds SHC1, and [SOS1] is active.
[MDM2] regulates [TP53].
The addition of [cortisone] to [cortisol] took an hour.
[Lopinavir] and [ritonavir] were in no combination.
The combination of [lopinavir], zidovudine and [ritonavir] was safe.
[Ticagrelor] lowered pressure, longer than expected, with [clopidogrel].
""",
}


@pytest.mark.parametrize(
    ("line", "kind"),
    [(x, kind) for kind, lines in KINDS.items() for x in lines.split("\n") if x],
)
def test_kinds_are_named_in_plain_words(line: str, kind: str | None) -> None:
    text, spans = marked(line)
    assert plain_kind(text, *spans) == kind
    assert plain_kind(text, *reversed(spans)) == kind
