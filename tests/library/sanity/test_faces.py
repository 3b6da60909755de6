from types import SimpleNamespace

import numpy as np
import pytest
import torch

from tests.library.volumes.made_head import known_affine, made_head
from voxplain.sanity.faces import FACES, erased_face, erased_faces, faces_row
from voxplain.sanity.head_parts import face
from voxplain.settings.known import settings_schema
from voxplain.volumes.defacing import without_face


@pytest.fixture(scope="module")
def heads():
    """Heads whose faces are there, and their brains."""
    return [made_head(known_affine(seed, turn=0.0, shift=0.0), seed) for seed in (1,)]


def parts_of(head, mask):
    brain = mask.data > 0.5
    return head, brain, face(brain, mask.affine) & ~brain


def test_a_face_that_was_cut_away_is_found_and_one_that_is_there_is_not(heads):
    for head, mask in heads:
        _, brain, where = parts_of(head, mask)
        assert erased_face(head.data, brain, where) is False
        for distance in (5, 10, 20):
            assert erased_face(without_face(head, mask, distance)[0], brain, where) is True, distance


def test_a_cut_is_found_whatever_the_value_that_fills_it(heads):
    head, mask = heads[0]
    _, brain, where = parts_of(head, mask)
    cut, taken = without_face(head, mask)
    cut[taken] = -1024
    assert erased_face(cut, brain, where) is True


def test_where_air_was_cleared_everywhere_nobody_can_tell(heads):
    head, mask = heads[0]
    _, brain, where = parts_of(head, mask)
    assert erased_face(np.where(brain | where, head.data, 0), brain, where) is None
    assert erased_face(head.data, brain, np.zeros_like(where)) is None, "no face lies on the grid"


class Packed:
    def __init__(self, heads, masks):
        self.heads, self.masks = heads, masks

    def __len__(self):
        return len(self.heads)

    def __getitem__(self, place):
        return torch.from_numpy(self.heads[place][None].astype(np.float32))

    def mask(self, place):
        return torch.from_numpy(self.masks[place].astype(np.uint8))


def test_each_scan_is_looked_at_by_itself(heads):
    head, mask = heads[0]
    _, brain, where = parts_of(head, mask)
    packed = Packed([head.data, without_face(head, mask)[0]], [brain, brain])
    assert erased_faces(packed, SimpleNamespace(rest={"face": where})) == [False, True]
    assert erased_faces(packed, SimpleNamespace(rest={})) == []


@pytest.mark.parametrize(
    ("erased", "said", "flagged", "words"),
    [
        ([False, False, None], "whole", "no", "of 2 scans whose faces can be looked for, none lacks it"),
        ([False, False], "unknown", "undefined", "not called whole"),
        ([False, False], "changed", "yes", "said to be changed"),
        ([False, True], "whole", "yes", "1 lacks it: borders of what was taken away are a cue outside the brain"),
        ([True, True], "unknown", "yes", "2 lack it"),
        ([None], "whole", "undefined", "of 0 scans"),
    ],
)
def test_heads_are_called_whole_only_where_somebody_says_so_and_no_face_is_missing(erased, said, flagged, words):
    row = faces_row(erased, said)
    assert row["flagged"] == flagged and words in row["sentence"]
    assert ("networks are shown whole heads" in row["sentence"]) == (flagged == "no")


def test_the_setting_takes_the_words_that_the_check_knows():
    asked = settings_schema()["properties"]["sanity"]["properties"]["shortcuts"]["properties"]["faces"]
    assert tuple(asked["enum"]) == FACES
