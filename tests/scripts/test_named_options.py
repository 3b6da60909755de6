"""Options that name things of the study: training scans of the split, atlases, the brain of each scan."""

from types import SimpleNamespace

import nibabel
import numpy as np
import pytest
import torch

import voxplain
from scripts.explain_split import explain_split
from scripts.randomise_model import randomise_model
from voxplain.attribution.maps import read_maps
from voxplain.cohort.folds import read_folds
from voxplain.errors import InputError
from voxplain.relevance.named_options import SplitOfStudy, named_volumes, training_scans
from voxplain.sanity.untrained import untrained_maps
from voxplain.store import Volumes
from voxplain.training.trained import read_card, read_trained

AFFINE = np.diag([-3.0, 3, 3, 1])


@pytest.fixture
def study(trained_study, tmp_path):
    """The trained study, and how its first split is explained by a method with some options."""

    def explained(method, options, atlases=None):
        asked = trained_study.gradient | {"method": method, "options": options}
        explain_split(
            trained_study.store,
            trained_study.folds,
            trained_study.weights[0],
            trained_study.cards[0],
            tmp_path / "maps.h5",
            experiment=trained_study.experiment,
            method=asked,
            atlases=atlases,
        )
        return read_maps(tmp_path / "maps.h5")

    def expected(scan, method, **options):
        network, _ = read_trained(trained_study.weights[0], trained_study.cards[0])
        volume = Volumes(trained_study.store, [scan], "brain")[0][None]
        return voxplain.attribute(network, volume, method, target=1, score="log_odds", **options)[0, 0].numpy()

    return SimpleNamespace(**vars(trained_study), explained=explained, expected=expected)


def test_references_are_training_scans_of_the_split_as_the_network_is_shown_them(study):
    found = study.explained("expected_gradients", {"references": {"training": 9}, "samples": 6})
    trained_on = Volumes(study.store, ["sub-4", "sub-5", "sub-6"], "brain")
    assert {"sub-4", "sub-5", "sub-6"}.isdisjoint(found.scan)
    references = torch.stack(list(trained_on))[:, None]
    assert found.about["drawn"] == {"gradient: references": ["sub-4", "sub-5", "sub-6"]}
    assert np.array_equal(
        found.maps[2], study.expected("sub-2", "expected_gradients", references=references, samples=6)
    )


def test_the_mean_of_the_training_scans_is_a_baseline_also_of_one_class_and_inside_another_method(study):
    of_class = [scan for scan in ("sub-4", "sub-5", "sub-6") if study.labels[scan] == 0]
    mean = torch.stack(list(Volumes(study.store, of_class, "brain"))).mean(0)
    asked = {"training_mean": True, "of": "class0"}
    found = study.explained("integrated_gradients", {"baseline": asked, "steps": 3})
    expected = study.expected("sub-1", "integrated_gradients", baseline=mean, steps=3)
    assert np.allclose(found.maps[1], expected, rtol=1e-4, atol=1e-6)
    inner = {"of": "integrated_gradients", "options": {"baseline": asked, "steps": 3}, "samples": 1, "noise": 0.0}
    assert np.allclose(study.explained("smoothgrad", inner).maps[1], expected, rtol=1e-4, atol=1e-6)


def test_a_list_of_fills_may_mix_training_scans_with_what_needs_none(study):
    covered = {"size": 9, "stride": 9}
    found = study.explained("occlusion", covered | {"fill": ["blur", "training_mean"]})
    mean = torch.stack(list(Volumes(study.store, ["sub-4", "sub-5", "sub-6"], "brain"))).mean(0)
    expected = study.expected("sub-0", "occlusion", fill=["blur", mean], **covered)
    assert np.allclose(found.maps[0], expected, rtol=1e-4, atol=1e-6)


def test_no_held_out_and_no_validation_scan_is_ever_drawn_and_draws_follow_the_seed_and_the_split(study):
    table = read_folds(study.folds).table
    stops = (table["split"] == "r1f1") & (table["scan"] == "sub-5")
    folds = SimpleNamespace(table=table.assign(role=table["role"].where(~stops, "validation")))
    packed = {f"sub-{number}" for number in range(7)}
    assert training_scans(folds, "r1f1", packed) == ["sub-4", "sub-6"]
    assert training_scans(folds, "r1f1", packed, group="class1") == []
    drawn = [training_scans(folds, "r2f1", packed, count=3, seed=seed) for seed in (0, 0, 1, 2, 3)]
    assert drawn[0] == drawn[1] and len({tuple(one) for one in drawn}) > 1
    assert all(len(set(one)) == 3 and one == sorted(one) for one in drawn)


def test_a_group_without_a_training_scan_is_named_in_one_line(study):
    with pytest.raises(
        InputError, match='gradient: baseline: split r1f1 has no training scan of group "class7"'
    ) as told:
        study.explained("integrated_gradients", {"baseline": {"training": 2, "of": "class7"}})
    assert "\n" not in str(told.value)


def atlas(path, labels, affine=AFFINE):
    nibabel.save(nibabel.Nifti1Image(labels.astype(np.int16), affine), path)
    return path


def test_regions_are_those_of_the_atlas_that_is_named(study, tmp_path):
    labels = np.zeros(study.shape, int)
    labels[4:10, 5:12, 4:9], labels[12:16, 14:20, 8:18] = 3, 7
    found = study.explained("region_occlusion", {"labels": "two"}, {"two": atlas(tmp_path / "two.nii.gz", labels)})
    expected = study.expected("sub-3", "region_occlusion", labels=labels)
    assert np.array_equal(found.maps[3], expected) and set(np.unique(labels[expected != 0])) == {3, 7}


def test_an_atlas_on_another_grid_is_resampled_to_the_nearest_label(study, tmp_path):
    labels = np.arange(1, 1 + np.prod([11, 13, 12])).reshape(11, 13, 12) % 5 * 10
    coarse = AFFINE @ np.diag([2.0, 2, 2, 1])
    coarse[:3, 3] = AFFINE[:3, :3] @ [0.5, 0.5, 0.5]
    of_study = SplitOfStudy(
        study.store, None, None, {}, "brain", {"coarse": atlas(tmp_path / "c.nii.gz", labels, coarse)}
    )
    asked = study.gradient | {"options": {"segments": ["coarse", "coarse"]}}
    found = named_volumes(asked, of_study)["options"]["segments"]
    finer = labels.repeat(2, 0).repeat(2, 1).repeat(2, 2)
    assert found.shape == (2, *study.shape) and np.array_equal(found[0], finer) and np.array_equal(found[1], finer)


def test_segments_may_be_atlases_from_the_finest_on(study, tmp_path):
    fine = np.zeros(study.shape, int)
    fine[3:9, 4:12, 4:18], fine[9:17, 4:12, 4:18], fine[3:17, 12:20, 4:18] = 1, 2, 3
    coarse = np.where(fine == 2, 1, fine)
    files = {"fine": atlas(tmp_path / "f.nii.gz", fine), "coarse": atlas(tmp_path / "g.nii.gz", coarse)}
    found = study.explained("hierarchical_occlusion", {"segments": ["fine", "coarse"]}, files)
    expected = study.expected("sub-0", "hierarchical_occlusion", segments=np.stack([fine, coarse]))
    assert np.array_equal(found.maps[0], expected) and found.notes[0]["levels"] == 2


def test_the_brain_is_each_scans_own_mask(study):
    found = study.explained("grad_cam", {"mask": "brain", "relu": False})
    for place, scan in enumerate(found.scan):
        mask = Volumes(study.store, [scan]).mask(0)
        assert np.array_equal(found.maps[place], study.expected(scan, "grad_cam", mask=mask, relu=False))
        assert not found.maps[place][mask.numpy() == 0].any()


def test_the_checks_of_maps_name_the_same_things(study, tmp_path):
    labels = np.zeros(study.shape, int)
    labels[4:10, 5:12, 4:9] = 1
    options = {"labels": "one", "fill": {"training": 2}}
    method = study.gradient | {"method": "region_occlusion", "options": options}
    files = {"one": atlas(tmp_path / "one.nii.gz", labels)}
    shown = {"experiment": study.experiment, "method": method, "atlases": files}
    plain = {"single": False, "beside": [], "smoothed": None, "efficient": None}
    table = randomise_model(
        study.store, study.folds, study.weights[:1], study.cards[:1],
        sanity={"scans_per_split": 1, "draws": 2, "seed": 1, "randomisation": plain}, **shown,
    )  # fmt: skip
    assert table["scan"].nunique() == 1
    source = study.explained("region_occlusion", options, files)
    card, sanity = read_card(study.cards[0]), {"seed": 1, "untrained_per_split": 2}
    folds = read_folds(study.folds)
    found = untrained_maps(study.store, study.weights[0], card, source, sanity=sanity, folds=folds, **shown)
    assert all((one[labels == 0] == 0).all() and one[labels == 1].any() for one in found.maps)
