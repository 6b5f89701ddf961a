"""What a sentence says of two things in plain words."""

from __future__ import annotations

import pytest
from marked import marked

from kgbuild.text.plain_words import (
    is_instead,
    is_no_more,
    is_stopped_for,
    plain_kind,
    plain_sign,
)

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
[Apixaban] had a lower risk of [bleeding] than warfarin.
[Celecoxib] was associated with a lower rate of [gastric ulcer] than naproxen.
Compared with warfarin, [apixaban] led to fewer [bleedings].
Unlike haloperidol, [quetiapine] caused far less [akathisia].
Fewer [bleedings] were seen with [apixaban] than with warfarin.
There was less [nausea] in patients on [cisapride] than on erythromycin.
[Nausea] was noted less frequently with [cisapride] than with erythromycin.
[Sucralfate] accelerated healing of [gastric ulcer].
[Temozolomide] increased survival in [glioblastoma].
[Levodopa] promoted recovery after [brain injury].
[Fluoxetine] enhanced the quality of life of patients with [fibromyalgia].
[Rituximab] induced remission of [lymphoma].
[Amiodarone] increased freedom from [atrial fibrillation].
[Valproate] raised the threshold for [seizures].
[Sucralfate] accelerated [ulcer] healing.
Healing of [gastric ulcer] was accelerated by [sucralfate].
[Carvedilol] improved ejection fraction in [heart failure].
[Carboplatin] increased complete responses in [ovarian cancer].
Survival of patients with [melanoma] was increased by [vemurafenib].
Fewer patients with [nausea] were seen on [cisapride] than on erythromycin.
[Carbidopa] inhibits DDC and thus lowers [nausea].
[Alcohol withdrawal] was worsened by naloxone and alleviated by [diazepam].
[Migraine] was alleviated by [sumatriptan].
[Asthma] was caused by pollen and then treated with [salbutamol].
Patients with [gout] were treated with oral [colchicine].
[Gout] was successfully treated with [colchicine].
[Scabies] responds well to [ivermectin].
Low levels of [selenium] were associated with [cardiomyopathy].
Low serum [zinc] levels were associated with an increased risk of [diarrhea].
[Rickets] was associated with low levels of [calcium].
[Adiponectin] was inversely correlated with [insulin].
[Adiponectin] levels correlated negatively with [resistin].
There was an inverse correlation between [adiponectin] and [resistin].
[Adiponectin] was negatively related to the severity of [steatosis].
The [rs1234] allele was associated with a lower risk of [gout].
[Lisinopril] caused a marked fall in serum [aldosterone].
[Furosemide] produced a drop in [potassium].
[Ketoconazole] led to a rapid decline in [cortisol].
[Topiramate] resulted in a reduction of [seizures].
[Zinc] caused a decrease in plasma [copper].
[Zinc] triggered a decline of [copper] in rats.
[Lisinopril] at increased doses lowered [aldosterone].
""",
    "positive": """
[Sunitinib] was stopped because of [hypertension].
[Amiodarone] had to be discontinued in two patients because of [hyperthyroidism].
[Clozapine] was withdrawn owing to severe [agranulocytosis].
[Heparin] was replaced by argatroban because of [thrombocytopenia].
Discontinuation of [clozapine] was necessary because of [agranulocytosis].
Because of [agranulocytosis], [clozapine] was withdrawn.
[Agranulocytosis] led to withdrawal of [clozapine].
[Aliskiren] inhibits REN and thereby raises [potassium].
[Aliskiren] inhibits REN, and so increases [potassium].
[Aliskiren] inhibits REN thereby raising [potassium].
[Psoriasis] was exacerbated by [lithium].
[Porphyria] was triggered by [phenobarbital].
[IGF1] was stimulated by [GH1].
[IL10] increased in response to [malaria].
[CRP] increased versus control in [pneumonia].
After recovery from surgery, [zinc] raised the risk of [gout].
[Losartan] is an antagonist of AGTR1 and increases [renin].
[IL2] binds to IL2RA and strongly activates [STAT5A].
[Torsades] was suppressed by magnesium but provoked by [sotalol].
[Bupropion] lowered the threshold for [seizures].
[Dexamethasone] delayed healing of [corneal ulcer].
[BCL2] increased survival of [leukemia] cells.
[Infliximab] had a higher risk of [tuberculosis] than etanercept.
[Adiponectin] was positively correlated with [ghrelin].
High levels of [homocysteine] were associated with [stroke].
Low levels of [HDL] were associated with a lower risk of [sepsis].
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
Silencing of [MYC] caused a fall in [CDK4].
[Estradiol] conferred an increased risk of [thrombosis].
The [rs99] allele carries an elevated risk of [thrombosis].
[Insulin] caused an increase in [AKT1].
The [rs99] allele seems to correlate with increased levels of [IL6].
[Carrageenan] induced severe [edema] in rats.
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
[Haloperidol] impaired attention in [schizophrenia].
A fall in [aldosterone] was caused by [lisinopril].
[Lisinopril] caused [aldosterone] to fall.
[Lisinopril] caused an [aldosterone] drop.
[Zinc] caused no fall in [copper].
[Enalapril] caused a fall in obese [hypertensive] rats.
[Zinc] prevented the fall in [copper].
[Rosiglitazone] caused a drop in [insulin] requirements.
[Sucralfate] is advised in women at increased risk for [gastric ulcer].
[Zinc] was given to men with elevated [copper].
[Aspirin] is an option for those with a markedly increased risk of [stroke].
[Fludrocortisone] was tried in a reduced dose in [hypotension].
[Octreotide] is thought to induce vasodilation in [cirrhotic] rats.
[Sumatriptan] caused chest tightness in [migraine].
Fewer patients on placebo than on [captopril] had [cough].
Fewer women with placebo compared with [captopril] reported [cough].
Fewer [bleedings] were seen on placebo than on [apixaban] versus warfarin.
Losartan had less cough than [enalapril] did in [hypertension].
Compared with [warfarin], apixaban led to fewer [bleedings].
[Bleeding] was seen less often with apixaban than with [warfarin].
[Amifostine] protects against nephrotoxicity of [cisplatin].
[Carbidopa] inhibits DDC and thereby regulates [dopamine].
[Hypothyroidism] occurred in patients who were treated with [lithium].
[Goiter] was seen in women who were well and treated with [lithium].
[Gout] was treated with allopurinol and [colchicine].
[Gemcitabine] was stopped because of progression of [pancreatic cancer].
[Ramipril] was given because of [hypertension].
[Adiponectin] was associated with [insulin].
Low-dose [aspirin] was associated with [stroke].
The effect of [zinc] is associated with lower levels of [gout].
[Adiponectin] was inversely associated with survival in [breast cancer].
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


IMPROVED = {
    "positive": """
[Metformin] improved [INSR] sensitivity.
[Exenatide] improves the secretion of [insulin].
[Exenatide] improved the expression of [IRS1].
""",
    "negative": """
[Metformin] lowered [INSR] sensitivity.
""",
    None: """
[Crocetin] improved [cholesterol] imbalance.
[Folate] levels were improved by [methionine].
[Acarbose] improved [glucose] control.
[Acarbose] improved long-term control of [glucose].
[Acarbose] enhanced [glucose] tolerance.
[Fenofibrate] improved [triglycerides] in most of them.
[TP53] was treated with [MDM2].
""",
}


@pytest.mark.parametrize(
    ("line", "sign"),
    [(x, sign) for sign, lines in IMPROVED.items() for x in lines.split("\n") if x],
)
def test_no_less_is_what_is_improved_but_a_disease(line: str, sign: str | None) -> None:
    text, spans = marked(line)
    assert plain_sign(text, *spans, disease=False) == sign


KINDS = {
    "bind": """
[GRB2] directly binds to [SOS1].
[Heparin] binds plasma [antithrombin].
[FK506] is bound by [FKBP12] in the cytosol.
[CALM1] forms a complex with [CAMK2A].
[SHC1] and GRB2 bind to [SOS1].
[GRB2] binds to SOS1 and [CBL].
""",
    "conversion": """
[Codeine] is converted into [morphine] in the liver.
[Prednisone] (oral) is rapidly metabolized to [prednisolone].
[Tryptophan] is the precursor of [serotonin].
The conversion of [cortisone] to [cortisol] took an hour.
[Irinotecan] is hydrolyzed to active [SN-38] by esterases.
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
[Fluorouracil] plus leucovorin or [levamisole] was given.
[Docetaxel] was given by infusion together with [trastuzumab].
Co-administration of [ezetimibe] with [simvastatin] was safe.
""",
    "agonist": """
[Salbutamol] is a selective agonist of [ADRB2].
The [OPRM1] agonist [morphine] was given.
[Morphine], a full [OPRM1] receptor agonist, was given.
""",
    "antagonist": """
[Propranolol] is an antagonist of [ADRB1].
[Propranolol] is an antagonist of ADRB1 and [ADRB2].
[OPRM1] antagonists such as [naloxone] were given.
[Naloxone] (a potent [OPRM1] antagonist) was given.
""",
    "inhibitor": """
[Captopril], an [ACE] inhibitor, was given.
[Imatinib] is a potent inhibitor of [ABL1].
""",
    "effect": """
The effect of [pioglitazone] on [leptin] was abolished by a blocker.
The effects of [zinc] on hepatic [MT1A] expression were fully prevented.
""",
    None: """
The inhibitory effect of [pioglitazone] on [leptin] was abolished by a blocker.
The effect of [pioglitazone] on [leptin] was striking.
[Naloxone] reversed the effect of an [OPRM1] agonist.
[Morphine] and an [OPRM1] antagonist were given.
[Rimonabant], an inverse [CNR1] receptor inverse agonist, was given.
[GRB2] binds SHC1, and [SOS1] is active.
[MDM2] regulates [TP53].
[IL2] binds to IL2RA and phosphorylates [STAT5A].
[GH1] binds GHR, or induces [IGF1].
[Testosterone] is converted to estradiol by [CYP19A1].
[Testosterone] is converted to estradiol via [CYP19A1].
[Propranolol] is an antagonist of ADRB1 and lowers [renin].
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


NO_MORE = """
The frequency of [nausea] on [donepezil] was comparable to that on placebo.
[Fexofenadine] caused [drowsiness] as often as placebo.
[Fexofenadine] caused [drowsiness] no more frequently than placebo did.
[Fexofenadine] induced no more [drowsiness] than placebo.
[Drowsiness] with [fexofenadine] was not significantly different from that with placebo.
[Drowsiness] was equally common with [fexofenadine] and placebo.
[Drowsiness] was as frequent with [fexofenadine] as with placebo.
[Fexofenadine] was no worse than placebo for [drowsiness].
The rate of [drowsiness] under [fexofenadine] did not differ from that under placebo.
"""
MORE = """
[Fexofenadine] caused more [drowsiness] than placebo.
[Drowsiness] was more frequent with [fexofenadine] than with placebo.
[Cetirizine] caused [drowsiness], and nausea was no more frequent than with placebo.
[Cetirizine] caused [drowsiness] and was similar to placebo otherwise.
[Zinc] lowered [IL6] to levels similar to those with placebo.
[Cetirizine] was similar to placebo and caused [drowsiness].
The frequency of [nausea] was similar to that on placebo and lower than on [opium].
[Cetirizine] caused [drowsiness] no more often than loratadine.
"""


@pytest.mark.parametrize("line", NO_MORE.strip().split("\n"))
def test_no_more_than_with_placebo_is_no_harm(line: str) -> None:
    text, spans = marked(line)
    assert is_no_more(text, *spans)
    assert is_no_more(text, *reversed(spans))


@pytest.mark.parametrize("line", MORE.strip().split("\n"))
def test_more_than_with_placebo_and_other_drugs_are_no_such_thing(line: str) -> None:
    text, spans = marked(line)
    assert not is_no_more(text, *spans)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Heparin was replaced by [argatroban] because of [thrombocytopenia].", True),
        ("They were switched to [apixaban] owing to severe [bleeding].", True),
        ("Because of [bleeding], warfarin was replaced by [apixaban].", True),
        ("[Heparin] was replaced by argatroban because of [thrombocytopenia].", False),
        ("Heparin was replaced by [argatroban], which lowered [platelets].", False),
    ],
)
def test_what_is_given_instead_did_no_harm(line: str, expected: bool) -> None:
    text, spans = marked(line)
    assert is_instead(text, *spans) is expected
    assert not (expected and is_stopped_for(text, *spans))


HELPED_NOT = """
[Mesalazine] was stopped because of active [colitis].
[Mesalazine] was discontinued owing to worsening [colitis].
[Amlodipine] was withdrawn because of poor control of [hypertension].
[Mesalazine] was stopped because of lack of effect on [colitis].
[Levetiracetam] was stopped because of persistent [seizures].
[Levetiracetam] was stopped due to drug-resistant [epilepsy].
[Amlodipine] was stopped because of severe uncontrolled [hypertension].
[Methotrexate] was stopped because of a relapse of [psoriasis].
[Methotrexate] was stopped because of [psoriasis] flares.
[Methotrexate] was stopped because of [psoriasis] that was not helped.
Because of persistent [psoriasis], [methotrexate] was stopped.
Discontinuation of [methotrexate] was necessary because of ongoing [psoriasis].
Active [colitis] led to withdrawal of [mesalazine].
"""


@pytest.mark.parametrize("line", HELPED_NOT.strip().split("\n"))
def test_what_a_drug_did_not_help_is_not_its_harm(line: str) -> None:
    text, spans = marked(line)
    assert not is_stopped_for(text, *spans)
    assert plain_sign(text, *spans) is None


@pytest.mark.parametrize(
    "line",
    [
        "[Methotrexate] was stopped because of severe [hepatitis].",
        "[Methotrexate] was stopped because of acute [hepatitis] in two women.",
        "[Methotrexate] was stopped because of [hepatitis] that improved later.",
        "Discontinuation of [heparin] was needed owing to [bleeding].",
    ],
)
def test_what_a_drug_was_stopped_for_is_its_harm(line: str) -> None:
    text, spans = marked(line)
    assert is_stopped_for(text, *spans)
