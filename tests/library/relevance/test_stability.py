import numpy as np
import pytest
from scipy import stats

from tests.library.relevance.made_maps import SHAPE, source
from voxplain.errors import InputError
from voxplain.relevance.stability import COLUMNS, SUMMARY, stability_summary, stability_table

MASK = np.ones(SHAPE, bool)
MASK[:2, 3] = False


def sources(noise, seeds=(1, 2, 3), splits=("r1f1", "r1f2"), scans=5, common=0.0):
    """Each scan has a pattern of its own, and each seed adds ``noise`` to it; ``common`` is everybody's."""
    generator, found = np.random.default_rng(0), []
    everybody = generator.normal(size=SHAPE)
    for split in splits:
        own = generator.normal(size=(scans, *SHAPE)) + common * everybody
        for seed in seeds:
            maps = own + noise * generator.normal(size=own.shape)
            names = [f"sub-{split}{place}" for place in range(scans)]
            rows = [(name, name, 0, place % 2, one) for place, (name, one) in enumerate(zip(names, maps, strict=True))]
            found.append(source(rows, split, seed))
    return found


def test_each_scan_is_compared_between_every_two_trainings_of_its_split():
    made = sources(0.7)
    table = stability_table(made, MASK, top=0.1)
    assert list(table) == COLUMNS
    retrained = table[table["kind"] == "retrained"]
    assert len(retrained) == 2 * 5 * 3 and set(zip(retrained["first"], retrained["second"], strict=True)) == {
        (1, 2),
        (1, 3),
        (2, 3),
    }
    row = retrained.query("scan == 'sub-r1f22' and first == 1 and second == 3").iloc[0]
    one, other = (made[place].maps[2][MASK] for place in (3, 5))
    assert row["pearson"] == pytest.approx(np.corrcoef(one, other)[0, 1], abs=1e-6)
    assert row["spearman"] == pytest.approx(stats.spearmanr(one, other).statistic, abs=1e-6)
    number = round(0.1 * MASK.sum())
    tops = [set(np.argsort(-np.abs(values))[:number]) for values in (one, other)]
    assert row["dice"] == pytest.approx(len(tops[0] & tops[1]) / number)
    assert row["predicted"] == 1


def test_trainings_that_agree_are_told_from_those_that_do_not():
    alike, unlike = (stability_summary(stability_table(sources(noise), MASK)) for noise in (0.1, 10))
    means = [one.set_index(["kind", "measure"])["mean"]["retrained", "spearman"] for one in (alike, unlike)]
    assert means[0] > 0.95 and means[1] < 0.1


def test_a_method_that_draws_the_same_for_everybody_shows_in_the_comparison_of_subjects():
    own, same = (stability_summary(stability_table(sources(0.1, common=common), MASK)) for common in (0, 9))
    found = [one.set_index(["kind", "measure"])["mean"]["subjects", "pearson"] for one in (own, same)]
    assert abs(found[0]) < 0.1 and found[1] > 0.95


def test_the_maps_of_the_group_are_compared_between_seeds():
    made = sources(2.0, seeds=(1, 2))
    group = stability_table(made, MASK).query("kind == 'group'")
    means = []
    for seed in (0, 1):
        scaled = []
        for one in made[seed::2]:
            norms = [np.sqrt(np.mean(np.square(values[MASK]))) for values in one.maps]
            scaled += [values / np.mean(norms) for values in one.maps]
        means.append(np.mean(scaled, axis=0)[MASK])
    assert len(group) == 1 and group["pearson"].iloc[0] == pytest.approx(np.corrcoef(*means)[0, 1], abs=1e-4)


def test_a_subject_with_two_scans_counts_once_in_the_summary():
    generator = np.random.default_rng(1)
    one, other = generator.normal(size=(2, *SHAPE))
    pairs = [("a_ses-1", "a", one, one), ("a_ses-2", "a", one, -one), ("b", "b", other, other)]
    made = [
        source(
            [(scan, subject, 0, seed if scan == "b" else 0, maps[seed - 1]) for scan, subject, *maps in pairs],
            seed=seed,
        )
        for seed in (1, 2)
    ]
    table = stability_table(made, MASK)
    summary = stability_summary(table).set_index(["kind", "measure"]).loc["retrained"]
    assert list(stability_summary(table)) == SUMMARY
    assert summary["mean"]["pearson"] == pytest.approx((0 + 1) / 2) and summary["subjects"]["pearson"] == 2
    assert summary["mean"]["dice"] == pytest.approx(1) and summary["comparisons"]["dice"] == 3
    assert summary["mean"]["predicted"] == pytest.approx(0.5)
    assert summary["low"]["pearson"] == 0 and summary["high"]["pearson"] == 1


def test_constant_maps_are_undefined_and_counted():
    rows = [("a", "a", 0, 0, 0.0), ("b", "b", 0, 0, np.random.default_rng(2).normal(size=SHAPE))]
    summary = stability_summary(stability_table([source(rows, seed=seed) for seed in (1, 2)], MASK))
    retrained = summary.query("kind == 'retrained' and measure == 'pearson'").iloc[0]
    assert retrained["mean"] == pytest.approx(1) and retrained["undefined"] == 1


def test_one_training_a_split_says_nothing_of_stability():
    table = stability_table(sources(1, seeds=(1,)), MASK)
    assert table.empty and list(table) == COLUMNS
    assert stability_summary(table).empty


def test_only_scans_that_every_training_explained_are_compared():
    made = sources(0.5, seeds=(1, 2), splits=("r1f1",))
    made[1] = source([("sub-r1f10", "sub-r1f10", 0, 0, made[1].maps[0])], seed=2)
    assert stability_table(made, MASK).query("kind == 'retrained'")["scan"].tolist() == ["sub-r1f10"]


def test_an_empty_mask_is_refused():
    with pytest.raises(InputError, match="mask: no voxel inside that the networks see"):
        stability_table(sources(1), MASK & False)
