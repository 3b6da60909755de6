import math

import numpy as np
import pytest

from voxplain.volumes.measures.contrast import cjv, cnr, efc, snr, snr_dietrich
from voxplain.volumes.measures.tissues import Tissue

GREY, WHITE = Tissue(600.0, 30.0, 28.0, 400), Tissue(900.0, 40.0, 36.0, 101)


def test_contrast_to_noise_adds_the_variances_of_both_tissues_and_of_the_air():
    assert cnr(GREY, WHITE, 120.0) == pytest.approx(300 / 130)
    assert cnr(GREY, WHITE, 0) == pytest.approx(6)
    assert cnr(WHITE, GREY, 120.0) == cnr(GREY, WHITE, 120.0)


def test_joint_variation_is_the_sum_of_the_spreads_over_the_contrast():
    assert cjv(GREY, WHITE) == pytest.approx(64 / 300)
    assert cjv(GREY, GREY) == math.inf


def test_signal_to_noise_within_a_tissue_counts_its_voxels():
    assert snr(WHITE) == pytest.approx(900 / (40 * math.sqrt(101 / 100)))
    assert math.isnan(snr(Tissue(900.0, 0.0, 0.0, 1))) and snr(Tissue(9.0, 0.0, 0.0, 9)) == math.inf


def test_dietrichs_signal_to_noise_gives_back_the_noise_of_the_real_and_imaginary_parts():
    real, imaginary = np.random.default_rng(1).normal(0, 17, (2, 400_000))
    assert snr_dietrich(WHITE, np.hypot(real, imaginary).std()) == pytest.approx(900 / 17, rel=0.005)


def test_the_entropy_focus_criterion_of_equal_voxels_has_a_closed_form():
    data = np.zeros((6, 7, 8), np.float32)
    data[:3] = 250
    total, lit = data.size, data.size // 2
    assert efc(data) == pytest.approx(math.sqrt(lit) * math.log(lit) / (math.sqrt(total) * math.log(total)), rel=1e-6)
    assert efc(data + 1e3) > efc(data)
    assert efc(np.ones((6, 7, 8))) == pytest.approx(1)


def test_all_energy_in_one_voxel_is_in_perfect_focus_whatever_the_unit():
    data = np.zeros((5, 5, 5))
    data[2, 3, 4] = 7
    assert efc(data) == 0
    generator = np.random.default_rng(2)
    data = generator.gamma(2, size=(20, 20, 20))
    assert efc(1000 * data) == pytest.approx(efc(data))


def test_the_entropy_is_that_of_scipys_function_of_the_same_name():
    from scipy.special import entr

    data = np.random.default_rng(3).gamma(2, size=(9, 8, 7))
    shares, root = data / np.sqrt((data**2).sum()), math.sqrt(data.size)
    assert efc(data) == pytest.approx(entr(shares).sum() / (root * math.log(root)))


def test_ghosts_raise_it_and_nothing_leaves_it_undefined():
    head = np.zeros((24, 24, 24))
    head[4:12, 4:20, 4:20] = np.random.default_rng(4).gamma(9, size=(8, 16, 16))
    assert efc(head + 0.15 * np.roll(head, 12, axis=0)) > efc(head) + 0.05
    assert math.isnan(efc(np.zeros((3, 3, 3)))) and efc(-head + 2 * np.abs(head)) == pytest.approx(efc(head))
