import pytest

from voxplain.errors import InputError
from voxplain.volumes.label_tables import read_names

FSL = """<?xml version="1.0" encoding="ISO-8859-1"?>
<atlas version="1.0"><header><name>Harvard-Oxford Cortical Structural Atlas</name></header>
<data>
<label index="0" x="48" y="94" z="35">Frontal Pole</label>
<label index="1" x="25" y="70" z="32">Insular Cortex</label>
</data></atlas>"""
JHU = """<atlas><data>
<label index="0" x="0" y="0" z="0">Unclassified</label>
<label index="1" x="90" y="98" z="49">Middle cerebellar peduncle</label>
</data></atlas>"""
SPM = """<atlas><data><label><index>2001</index><name>Precentral_L</name></label>
<label><index>2002</index><name>Precentral_R</name></label></data></atlas>"""
FREESURFER = """#$Id: FreeSurferColorLUT.txt
#No. Label Name:                            R   G   B   A

0   Unknown                                 0   0   0   0
10  Left-Thalamus                           0   118 14  0
1001    ctx-lh-bankssts                     25  100 40  0
2001    ctx-rh-bankssts                     25  100 40  0
"""


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("1 Precentral_L 2001\n2 Precentral_R 2002\n", {1: "Precentral_L", 2: "Precentral_R"}, id="AAL"),
        pytest.param(
            "FAG\tPrecentral_L\t2001\nFAD\tPrecentral_R\t2002\n",
            {2001: "Precentral_L", 2002: "Precentral_R"},
            id="AAL for SPM",
        ),
        pytest.param(SPM, {2001: "Precentral_L", 2002: "Precentral_R"}, id="AAL for SPM in XML"),
        pytest.param("SFG_L_7_1\nSFG_R_7_1\n", {1: "SFG_L_7_1", 2: "SFG_R_7_1"}, id="Brainnetome"),
        pytest.param("0 Unknown 0 0 0 0\n1 SFG_L_7_1 20 30 40 0\n", {1: "SFG_L_7_1"}, id="Brainnetome's colour table"),
        pytest.param(FSL, {1: "Frontal Pole", 2: "Insular Cortex"}, id="Harvard-Oxford"),
        pytest.param(JHU, {1: "Middle cerebellar peduncle"}, id="JHU"),
        pytest.param(
            "1\tMCP\t\tMiddle cerebellar peduncle\n3\tGCC\t\tGenu of corpus callosum\n",
            {1: "Middle cerebellar peduncle", 3: "Genu of corpus callosum"},
            id="ICBM white matter",
        ),
        pytest.param(
            FREESURFER, {10: "Left-Thalamus", 1001: "ctx-lh-bankssts", 2001: "ctx-rh-bankssts"}, id="aparc+aseg"
        ),
        pytest.param(
            "index\tname\tabbreviation\tcolor\n4\tLeft Putamen\tPU\t#ff00aa\n", {4: "Left Putamen"}, id="BIDS"
        ),
        pytest.param("index\tname\tvoxels\n3\tFornix\t120\n4\tSmall\t0\n", {3: "Fornix", 4: "Small"}, id="ours"),
        pytest.param("Region,Label\nCaudate_L,11\nCaudate_R,50\n", {11: "Caudate_L", 50: "Caudate_R"}, id="headings"),
        pytest.param(
            "subregion_func_network_Yeo\nLabel,subregion_name,region,Yeo_7network,,\n1,A8m,SFG_L_7_1,6,,Yeo 7 Network\n"
            "2,A8m,SFG_R_7_1,4,,ID\n",
            {1: "SFG_L_7_1", 2: "SFG_R_7_1"},
            id="Brainnetome's networks",
        ),
        pytest.param('"1","Area 4, left"\n', {1: "Area 4, left"}, id="a comma in quotes"),
        pytest.param('{"1": "Caudate_L"}', {1: "Caudate_L"}, id="JSON"),
        pytest.param('{"Caudate_L": 1}', {1: "Caudate_L"}, id="JSON turned round"),
        pytest.param("\ufeff1 Left Hippocampus 12\n\n", {1: "Left Hippocampus"}, id="a mark before the text"),
    ],
)
def test_tables_of_labels_are_read_as_the_published_atlases_write_them(tmp_path, text, names):
    (tmp_path / "labels.txt").write_text(text, encoding="utf-8")
    assert read_names(tmp_path / "labels.txt") == names


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 Caudate_L\n1 Caudate_R\n", "label 1 is Caudate_L and Caudate_R; keep one"),
        ("\n# nothing\n", "names no label; give a table of indices and names"),
        ("<html><body>Not found</body></html>", "XML without labels"),
        ("<atlas><data>", "XML that cannot be read"),
        ('{"Caudate_L": "left"}', "left is no whole number"),
        ('{"a": ', "JSON that cannot be read"),
    ],
)
def test_a_table_that_names_nothing_or_one_label_twice_is_refused_in_one_line(tmp_path, text, said):
    (tmp_path / "labels.txt").write_text(text)
    with pytest.raises(InputError) as fault:
        read_names(tmp_path / "labels.txt")
    assert str(fault.value).startswith("labels.txt: ") and said in str(fault.value) and "\n" not in str(fault.value)


def test_a_table_that_is_no_text_or_is_not_there_is_refused(tmp_path):
    (tmp_path / "labels.txt").write_bytes(b"\xff\xfe\x00\x01")
    for name in ("labels.txt", "none.txt"):
        with pytest.raises(InputError, match=f"{name}: cannot be read as text"):
            read_names(tmp_path / name)
