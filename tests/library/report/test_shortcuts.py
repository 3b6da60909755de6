import numpy as np
import pytest

from tests.library.report.made_results import SETTINGS, make_results, write_table
from voxplain.report import shortcuts
from voxplain.report.results import Results
from voxplain.sanity.shortcuts import COLUMNS


def row(method, cue, measure, value, flagged, sentence, **others):
    told = {"method": method, "cue": cue, "measure": measure, "value": value, "flagged": flagged, "sentence": sentence}
    span = {"low": value - 0.1, "high": value + 0.1, "n": 40} if np.isfinite(value) else {}
    return dict.fromkeys(COLUMNS, "undefined") | span | told | others


@pytest.fixture
def root(tmp_path):
    return make_results(tmp_path / "results")


def written(root, flagged):
    rows = [
        row("network", "only_outside", "roc_auc", 0.9, flagged, "network: the outside alone tells.", reference=0.5),
        row("gradient", "outside", "share", 0.4, flagged, "gradient: 40 %.", reference=0.5, untrained=0.3),
        row("gradient", "border", "share", 0.2, "no", "gradient: 20 %.", reference=0.2, untrained=0.3),
        row("gradient", "face", "", np.nan, "undefined", "gradient: face is undefined, because there is no map."),
        row("network", "native_size", "correlation", 0.1, "no", "network: answers and size.", reference=0.1, p=0.4),
    ]
    rows[3] |= {"value": "undefined", "measure": ""}
    write_table(root / "sanity/head/shortcuts.tsv", rows)
    return Results(root, SETTINGS)


def test_what_is_flagged_is_named_with_its_sentence_and_marked_in_the_picture(root):
    first, blocks = shortcuts.blocks(written(root, "yes"))
    text = repr(blocks)
    summary = "Experiment head: 4 cues looked for, 1 undefined; flagged: only outside (network), outside (gradient)."
    assert summary in text and "'network: the outside alone tells.'" in text
    assert summary in first.picture.alt and blocks[-1].kind == "fold"
    cells = {one[1]: one for one in blocks[-1].blocks[0].rows}
    assert cells["face"][3:9] == ["undefined", "", "", "", "", "undefined"]
    assert cells["outside"][3:8] == ["0.40", "0.30 to 0.50", "0.50", "0.30", ""] and "nan" not in text


def test_where_nothing_is_flagged_it_says_so_and_shows_what_was_looked_for(root):
    first, blocks = shortcuts.blocks(written(root, "no"))
    assert "4 cues looked for, 1 undefined; none is flagged as a shortcut." in first.picture.alt
    assert [block.kind for block in blocks] == ["text", "figure", "fold"]


def test_a_study_in_which_nothing_was_looked_for_says_so(root):
    first, blocks = shortcuts.blocks(Results(root, SETTINGS))
    assert first is None and blocks[0].text == "Shortcuts were not looked for."
    off = SETTINGS | {"sanity": {"shortcuts": {"find": False}}}
    assert shortcuts.blocks(Results(written(root, "yes").folder, off))[0] is None, "left by an earlier run"
