"""What a sentence denies of two things that it names, and what it does not."""

from __future__ import annotations

import pytest
from marked import marked

from kgbuild.text.cues import is_denied, is_left_open

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
Unlike [enalapril], losartan lowered [leptin].
In contrast to [IL4], IL6 raised [CRP].
As opposed to [zinc], copper caused [hepatitis].
Celecoxib rather than [codeine] inhibited [PTGS2].
[PTGS2] was inhibited by celecoxib rather than [codeine].
[PTGS2] was inhibited by celecoxib, not [codeine].
Celecoxib, not [codeine], inhibited [PTGS2].
[Celecoxib] inhibited PTGS2 and not [PTGS1].
[Leptin] fell under losartan, unlike [enalapril].
[Cough] was caused by captopril instead of [losartan].
Celecoxib inhibited [PTGS2], whereas [codeine] did not.
Celecoxib inhibited [PTGS2]; [codeine] did not.
Although celecoxib inhibited [PTGS2], [codeine] did not.
Losartan lowered [leptin], while [zinc] had no effect.
[Codeine] was ineffective, whereas celecoxib inhibited [PTGS2].
[Zinc] had no effect, but copper caused [hepatitis].
All statins except [pravastatin] caused [myopathy].
All of them, with the exception of [zinc], lowered [leptin].
[Leptin] was lowered by all drugs except for [zinc].
[Losartan] lowered pressure without affecting [leptin].
[Losartan] lowered pressure without causing [cough].
[PTGS1] was inhibited by aspirin but unaffected by [codeine].
[Losartan], unlike zinc, did not lower [leptin].
[Garlic] was useless against [malaria].
[Atenolol] lacks efficacy in [shock].
[Codeine] had a negligible effect on [CYP3A4].
[Copper] is of no use in [gout].
[Copper] failed in [sepsis].
[Losartan] is devoid of activity at [AGTR2].
[Codeine] in no way changed the level of [PTGS1].
It is a myth that [sugar] causes [hyperactivity].
The absence of an association between [APOE] and [gout] was confirmed.
[Timolol] is contraindicated in [asthma].
[Timolol] should be avoided in [asthma].
[Timolol] is unsafe in [asthma].
[Digoxin] can be harmful in [amyloidosis].
[Timolol] was given to patients without [asthma].
In volunteers without [asthma], [timolol] was given.
Patients with [asthma] were excluded from the [timolol] trial.
[Penicillin]-resistant [pneumonia] was seen.
Withdrawal of [clonidine] raised [renin].
[Clonidine] withdrawal raised [renin].
[Zinc] did not bind and inhibit [EGFR].
[Zinc] was not cleaved and activated by [ACE].
[Zinc] did not affect basal and stimulated [insulin].
[Zinc] did not lower early and delayed [vomiting].
[Zinc] had no effect in treated and untreated [diabetes].
[Zinc] did not change [weight] and reduced proteinuria.
Neither [zinc] nor copper slowed growth and prevented [gout].
[Zinc] does not cross the placenta and causes of [gout] are others.
[Flushing] occurred in none of the patients treated with [copper].
[Flushing] developed in no man on [copper].
[Flushing] was seen in no child given [copper].
[TP53] mutations were found in no [lipoma].
[KRAS G12D] was found in 4% of adenomas but in none of the [lipomas].
None of the [lipomas] had [KRAS G12D].
In none of the [lipomas] was [KRAS G12D] found.
[Flushing] occurred in none of those who smoked and received [copper].
[Copper] resulted in no [gout].
Celecoxib, but neither [codeine] nor morphine, inhibited [PTGS2].
Celecoxib, but neither codeine nor [morphine], inhibited [PTGS2].
[PTGS2] was inhibited by celecoxib, but neither by codeine nor by [morphine].
[PTGS2] was inhibited by celecoxib, but by neither [codeine] nor morphine.
Neither codeine nor [morphine] raised [leptin], but zinc did.
[Vomiting] was reduced by zinc but not by [copper].
There is insufficient evidence that [zinc] prevents [gout].
There is little clinical evidence that [zinc] prevents [gout].
There is no convincing evidence that [zinc] prevents [gout].
There was no good evidence for a role of [zinc] in [gout].
For [zinc] there is insufficient evidence of benefit in [gout].
It has been said, mistakenly, that [zinc] causes [gout].
It was falsely believed that [zinc] causes [gout].
[Zinc] was once erroneously thought to cause [gout].
It is wrong to assume that [zinc] causes [gout].
The mistaken notion that [zinc] causes [gout] is old.
The belief that [zinc] causes [gout] is mistaken.
The idea that [gout] is due to [zinc] was refuted.
The claim that [zinc] causes [gout] lacks any foundation.
That [zinc] causes [gout] is a widespread misconception.
[Naloxone] had no effect on haloperidol-induced [catalepsy].
There was no evidence of [simvastatin]-related [diabetes].
We did not observe [valproate]-associated [pancreatitis].
[Pancreatitis] caused by [valproate] was not seen.
There was no evidence that copper and [zinc] cured [gout].
There was no association between copper and [zinc] in [gout].
No effect of copper and [zinc] was seen on [gout].
No patients treated with copper and [zinc] developed [gout].
[Losartan] without affecting stimulated [insulin] was given.
[Zinc] without lowering drug induced [fever] was given.
All drugs except [zinc] in this trial lowered [leptin].
[Captopril] was not involved in [gout].
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
Unlike enalapril, [losartan] lowered [leptin].
In contrast to IL4, [IL6] raised [CRP].
[Celecoxib] rather than codeine inhibited [PTGS2].
[PTGS2] was inhibited by [celecoxib] rather than codeine.
[Celecoxib], not codeine, inhibited [PTGS2].
[Celecoxib] inhibited [PTGS2] and not PTGS1.
[Losartan], unlike enalapril, lowered [leptin].
[Losartan], without slowing the heart, lowered [leptin].
[Celecoxib] inhibited [PTGS2], whereas codeine did not.
Unlike [zinc], copper did not lower [leptin].
In contrast to [IL4], IL6 did not raise [CRP].
Copper did not lower [leptin], unlike [zinc].
No effect on [leptin] was seen except with [zinc].
Codeine was ineffective, whereas [celecoxib] inhibited [PTGS2].
Zinc had no effect, but [copper] caused [hepatitis].
Codeine did not inhibit [PTGS2], but [celecoxib] did.
All statins except pravastatin caused [myopathy], as [cerivastatin] did.
[Losartan] lowered [leptin] without causing cough.
[Aspirin] never failed to inhibit [PTGS1].
[Aspirin] did not fail to inhibit [PTGS1].
[Lithium] did not prevent gout in 1970, but it did prevent [mania].
[Cough] was not caused by losartan, and [captopril] did cause it.
[Timolol] was given with and without food in [asthma].
[Losartan] lowered weight without harm and reduced [leptin].
[Zinc] did not change weight and reduced [proteinuria].
[Zinc] had no effect on fever and prevented [stroke].
[Zinc] reduced proteinuria, did not affect weight, and prevented [stroke].
[Zinc] was not absorbed in the colon and then caused [gout].
[Zinc] does not slow healing and also prevents [gout].
[Zinc] failed to slow healing and markedly raises [leptin].
[Zinc] did not affect weight and is used in [gout].
[Leptin] was not changed by zinc and was raised by [copper].
[Zinc] is by no means the only cause of [gout].
[Flushing] was seen among none of the controls and in 9% of those on [copper].
[Flushing] developed in no man on zinc and occurred in most on [copper].
[Zinc] caused rash in none of the women but [gout] in many.
[Zinc] resulted in no rash and lowered [leptin].
[KRAS G12D] was found in 4% of [adenomas] but in none of the lipomas.
None of the drugs was as good as [zinc] in [gout].
[Celecoxib], but neither codeine nor morphine, inhibited [PTGS2].
Neither codeine nor morphine raised [leptin], but [zinc] did.
[Vomiting] was reduced by [zinc] but not by copper.
There is convincing evidence that [zinc] prevents [gout].
The belief that [zinc] causes [gout] is well founded.
The idea that stress matters is wrong; [zinc] causes [gout].
The false-positive test showed that [zinc] causes [gout].
Men incorrectly assigned to [zinc] had [gout].
Naloxone had no effect on [haloperidol]-induced [catalepsy].
No changes in [haloperidol]-induced [catalepsy] were seen.
Neither zinc nor copper prevented [cisplatin]-associated acute [nephritis].
Losartan failed to influence [cough] induced by [captopril].
No effect of zinc on [carrageenan]-evoked paw [edema] was found.
An effect of zinc on [captopril]-related [cough] was not observed.
Unlike [captopril]-induced [cough], pain was rare.
There was no evidence of infection and [prednisone] cured the [arthritis].
There were no changes in weight, and oral [zinc] markedly lowered [leptin].
We did not find anemia and treatment with [copper] caused [hepatitis].
No patients died and [naloxone] reversed the [hypotension].
[Spironolactone] without affecting potassium reduced [edema].
[Zinc] without slowing the heart prevented [stroke].
[Captopril] is not an uncommon cause of [cough].
[Timolol] is not without risk of [asthma].
[Clozapine] not infrequently causes [seizures].
[Zinc] is not ineffective in [gout].
[Leptin] was not altered by these drugs except for [simvastatin].
[Weight] did not change with any drug other than [clozapine].
With the exception of [ocular allergy] in patients using [brimonidine], all was well.
Except for [rash] due to [zinc], nothing was noted.
[Losartan] was not inferior to captopril in [nephropathy].
[Losartan] was not significantly worse than captopril in [hypertension].
[Zinc] was no less effective than copper in [gout].
Men with [psychosis] who failed to respond to zinc responded to [clozapine].
Men with [gout] who did not tolerate copper improved on [zinc].
"""
#: Asked, not said.
ASKED = """
Whether [aspirin] causes [asthma] is debated.
Whether [statins] prevent [dementia] is controversial.
Whether [SNCA] has any part in [essential tremor] is unknown.
It is debated whether [coffee] raises [homocysteine].
We asked whether [lithium] protects neurons and lowers [tau].
It remains a question whether [zinc], given early, shortens [pneumonia].
To determine if [leptin] induces [SOCS3], cells were treated.
We tested if [MYC] activates [CDK4].
The effect of [captopril] on [cough] was investigated.
The role of [NOD2] in [Crohn disease] remains unclear.
The association between [rs1801133] and [migraine] is controversial.
A link of [aspartame] with [lymphoma] has been questioned.
The relation of [IL6] to [depression] is still a matter of debate.
The contribution of [APOE] to [stroke] has not been established.
We investigated the effect of [metformin] on [leptin].
This study examined the influence of [estradiol] on [FOS] in rats.
To evaluate the efficacy of oral [zinc] in children with [diarrhea], we ran a trial.
The aim was to assess the relationship between [ferritin] and [gout].
The authors explored a possible role of [BDNF] in [autism].
We tested [garlic] for its effect on [hypertension].
[Vitamin D]'s role in [asthma] is unclear.
Does [caffeine] cause [miscarriage]?
[Paracetamol] and [asthma]: is there a link?
The [aspirin]–[asthma] link is disputed.
We hypothesized that [curcumin] inhibits [EGFR].
We tested the hypothesis that [insulin] raises [leptin].
Little is known about the effect of [ketamine] on [BDNF].
There are conflicting reports on the association of [CCR5] with [psoriasis].
Studies gave conflicting results about the benefit of [magnesium] in [migraine].
The influence of [ozone] on [asthma] remains to be determined.
The involvement of [TP53] in [gout] is an open question.
Evidence for an effect of [fish oil] on [arrhythmia] is inconclusive.
It is not known whether [cannabidiol] interacts with [clobazam].
Evidence that [cannabis] causes [schizophrenia] is conflicting.
A trial of [vitamin C] in [sepsis] is under way.
The value of [copper] in [gout] has not been established.
If [ketamine] relieves [depression], we shall see it.
We evaluated the effect of [zinc] on [leptin] and found no change.
We evaluated the effect of [enalapril] on [proteinuria], which is common.
"""
#: Said beside a question, or presupposed by one.
KNOWN = """
How [aspirin] causes [asthma] is debated.
The mechanism by which [captopril] causes [cough] remains unclear.
We asked whether weight falls and found that [leptin] lowers [insulin].
To see whether pain falls, we gave [morphine], which blocked [OPRM1].
Regardless of whether patients smoked, [captopril] caused [cough].
We studied the effect of zinc on [streptozotocin]-induced [diabetes].
The effect of zinc on [nephritis] induced by [cisplatin] was investigated.
We examined the effect of the [MAGL] inhibitor [JZL184] in mice.
These results support the hypothesis that [curcumin] inhibits [EGFR].
The effect of [captopril] on [cough] was dose-dependent.
We investigated patients and found an effect of [metformin] on [leptin].
[Aspirin] may cause [asthma].
[Curcumin] was suggested to inhibit [EGFR].
Why does [captopril] cause [cough]?
The role of [NOD2] in [Crohn disease] is well established.
[Captopril] lowers [angiotensin], but its effect on weight is unclear.
[Captopril] causes [cough], and whether enalapril does is unknown.
The link between [CFTR] and [cystic fibrosis] was shown.
We determined that [MYC] activates [CDK4].
If it is given early, [ketamine] relieves [depression].
[Imatinib] inhibits [ABL1]; the role of KIT was examined.
We evaluated the effect of [enalapril] on [proteinuria], which fell by half.
We evaluated the effect of [enalapril] on [proteinuria] and found a reduction.
We studied the influence of [zinc] on [leptin] in rats, which markedly increased.
To assess the effect of [ketamine] on [depression], which improved, we ran a trial.
We examined the role of [MYC] in [lymphoma] and showed its early gain.
"""


def _lines(text: str, *, says: bool) -> list[tuple[str, bool]]:
    return [(line, says) for line in text.split("\n") if line]


@pytest.mark.parametrize(
    ("line", "denied"), _lines(DENIED, says=True) + _lines(STATED, says=False)
)
def test_a_denial_is_of_the_two(line: str, denied: bool) -> None:
    text, spans = marked(line)
    assert is_denied(text, *spans) is denied
    assert is_denied(text, *reversed(spans)) is denied


@pytest.mark.parametrize(
    ("line", "asked"), _lines(ASKED, says=True) + _lines(KNOWN, says=False)
)
def test_a_question_is_of_the_two(line: str, asked: bool) -> None:
    text, spans = marked(line)
    assert is_left_open(text, *spans) is asked
    assert is_left_open(text, *reversed(spans)) is asked
