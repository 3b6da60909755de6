import re

import pytest

from voxplain.cohort.tables.vocabulary import Visit, diagnosis, is_ptid, site, visit

DIAGNOSES = {
    "CN": ["CN", "cn", " Normal ", "NL", "NC", "Normal Control", "Cognitively Normal", "cognitively unimpaired", "CU"],
    "SMC": ["SMC", "Significant Memory Concern", "Subjective Memory Complaints"],
    "EMCI": ["EMCI", "Early MCI", "Early Mild Cognitive Impairment"],
    "MCI": ["MCI", "mild cognitive impairment"],
    "LMCI": ["LMCI", "Late-MCI"],
    "AD": ["AD", "Dementia", "DEMENTIA", "Alzheimer's Disease", "Alzheimer’s disease"],
}
CHANGES = {
    "Stable: NL": "CN",
    "Stable: NL to NL": "CN",
    "Stable:Dementia": "AD",
    "Conversion: MCI to Dementia": "AD",
    "conversion: nl to mci": "MCI",
    "MCI to Dementia": "AD",
    "NL to Dementia": "AD",
    "Reversion: MCI to NL": "CN",
    "Dementia to MCI": "MCI",
}
VISITS = {
    "sc": ("sc", 0, True),
    "Screening": ("sc", 0, True),
    "ADNI Screening": ("sc", 0, True),
    "ADNI1 Screening": ("sc", 0, True),
    "ADNI2 Screening-New Pt": ("sc", 0, True),
    "v01": ("sc", 0, True),
    "4_sc": ("sc", 0, True),
    "scmri": ("scmri", 0, True),
    "ADNIGO Screening MRI": ("scmri", 0, True),
    "ADNI2 Screening MRI-New Pt": ("scmri", 0, True),
    "ADNI2 Screening MRI - New Pt": ("scmri", 0, True),
    "v02": ("scmri", 0, True),
    "bl": ("bl", 0, True),
    "Baseline": ("bl", 0, True),
    "ADNI Baseline": ("bl", 0, True),
    "ADNI1/GO Baseline": ("bl", 0, True),
    "ADNI2 Baseline-New Pt": ("bl", 0, True),
    "ADNI4 Baseline - New Pt": ("bl", 0, True),
    "v03": ("bl", 0, True),
    "4_bl": ("bl", 0, True),
    "M00": ("bl", 0, True),
    "Month 0": ("bl", 0, True),
    "m06": ("m06", 6, False),
    "m6": ("m06", 6, False),
    "M006": ("m06", 6, False),
    "m12": ("m12", 12, False),
    "m108": ("m108", 108, False),
    "Month 12": ("m12", 12, False),
    "Month12": ("m12", 12, False),
    "ADNI1 Month 18": ("m18", 18, False),
    "ADNI1/GO Month 6": ("m06", 6, False),
    "ADNIGO Month 72": ("m72", 72, False),
    "ADNIGO Month 3 MRI": ("m03", 3, False),
    "ADNI2 Month 3 MRI-New Pt": ("m03", 3, False),
    "v04": ("m03", 3, False),
    "ADNI2 Month 6-New Pt": ("m06", 6, False),
    "v05": ("m06", 6, False),
    "ADNI2 Initial Visit-Cont Pt": ("adni2init", None, False),
    "v06": ("adni2init", None, False),
    "ADNI2 Year 1 Visit": ("adni2y1", None, False),
    "v11": ("adni2y1", None, False),
    "v51": ("adni2y5", None, False),
    "ADNI3 Initial Visit-Cont Pt": ("adni3init", None, False),
    "ADNI3 Initial Visit - Continuing Pt": ("adni3init", None, False),
    "init": ("adni3init", None, False),
    "ADNI3 Year 1 Visit": ("adni3y1", None, False),
    "y1": ("adni3y1", None, False),
    "4_init": ("adni4init", None, False),
    "ADNI4 Initial Visit - Cont Pt": ("adni4init", None, False),
    "ADNI4 Month 12": ("adni4m12", None, False),
    "4_m12": ("adni4m12", None, False),
    "f": ("f", None, False),
    "tau": ("tau", None, False),
    "ADNI2 Tau-only visit": ("tau", None, False),
    "uns1": ("uns1", None, False),
    "Unscheduled": ("uns1", None, False),
    "nv": ("nv", None, False),
    "No Visit Defined": ("nv", None, False),
}


@pytest.mark.parametrize("name, spelling", [(name, text) for name, all_of in DIAGNOSES.items() for text in all_of])
def test_old_and_new_spellings_of_a_diagnosis_are_one(name, spelling):
    assert diagnosis(spelling) == name


@pytest.mark.parametrize("text, name", CHANGES.items())
def test_a_change_of_diagnosis_is_the_state_after_it(text, name):
    assert diagnosis(text) == name


@pytest.mark.parametrize(
    "text",
    ["", "Demnetia", "1", "2", "3", "-4", "AD?", "AD*", "MCI, AD", "Patient", "Phantom", "to", "NL to", "to MCI", "NA"]
    + ["Stable: NL to MCI", "Conversion: MCI", "Conversion: Dementia to MCI", "NL to MCI to Dementia", "Stable: Foo"]
    + [None, 3, "MCI to Foo", "Impaired", "\n", "CN " * 500],
)
def test_what_is_no_known_diagnosis_is_not_guessed(text):
    assert diagnosis(text) is None


@pytest.mark.parametrize("text, meant", VISITS.items())
def test_codes_and_wordings_of_a_visit_meet(text, meant):
    assert visit(text) == Visit(*meant)
    assert visit(f"  {text.upper()} ") == Visit(*meant)
    assert re.fullmatch("[a-z0-9]+", visit(text).token)


@pytest.mark.parametrize(
    "text", ["", "v12", "v99", "y0", "m", "m1234", "Month", "Month twelve", "ADNI2 Year 10 Visit", "ADNI5 Screening"]
    + ["Year 1 Visit", "reg", "4_disp", "blood", "Visit 1", "12", "2005-09-01", "ADNI1 Year 1 Visit", "m٣", None]
)  # fmt: skip
def test_what_is_no_known_visit_is_not_guessed(text):
    assert visit(text) is None


@pytest.mark.parametrize(
    "text, is_one, where",
    [
        ("011_S_0003", True, "011"),
        ("941_S_10003", True, "941"),
        ("011_s_0003", True, "011"),
        ("sub-011S0003", False, "011"),
        ("sub-ADNI011S0003", False, "011"),
        ("011S0003", False, "011"),
        ("100307", False, ""),
        ("11_S_0003", False, ""),
        ("011_S_003", False, ""),
        ("x011_S_0003", False, ""),
        ("011_S_0003 (1)", False, ""),
        ("", False, ""),
        ("٠١١_S_0003", False, ""),
    ],
)
def test_the_site_is_read_from_adnis_ids_alone(text, is_one, where):
    assert is_ptid(text) is is_one
    assert site(text) == where
