"""Contrast, noise and sharpness of a volume as acquired, by the formulas of MRIQC.

Where MRIQC takes the tissues from a segmentation by FAST, they are found here by `voxplain.volumes.measures.tissues`.

Esteban et al., MRIQC: advancing the automatic prediction of image quality in MRI from unseen sites, PLOS ONE 2017.
"""

import math

import numpy as np

RAYLEIGH = math.sqrt(2 / (4 - math.pi))


def cnr(grey, white, air_deviation):
    """Contrast to noise, |white - grey| / sqrt(air² + white² + grey²): medians above, standard deviations below.

    Magnotta and Friedman, Measurement of signal-to-noise and contrast-to-noise in the fBIRN multicenter imaging study,
    Journal of Digital Imaging 2006.
    """
    noise = math.sqrt(air_deviation**2 + white.deviation**2 + grey.deviation**2)
    return abs(white.median - grey.median) / noise if noise else math.inf


def cjv(grey, white):
    """Coefficient of joint variation, (deviation of white + deviation of grey) / |white - grey|; lower is better.

    The deviations are scaled median absolute ones, the averages medians. It rises with noise, with motion and with
    the bias field.

    Ganzetti et al., Intensity inhomogeneity correction of structural MR images, Frontiers in Neuroinformatics 2016.
    """
    apart = abs(white.median - grey.median)
    return (white.mad + grey.mad) / apart if apart else math.inf


def snr(tissue):
    """Signal to noise within one tissue: its median over its standard deviation times sqrt(n / (n - 1))."""
    if tissue.count < 2:
        return math.nan
    noise = tissue.deviation * math.sqrt(tissue.count / (tissue.count - 1))
    return tissue.median / noise if noise else math.inf


def snr_dietrich(tissue, air_deviation):
    """Signal to noise with the noise of the air: median / (sqrt(2 / (4 - pi)) deviation of the air), eq. A.12.

    Magnitudes of pure noise follow Rayleigh's distribution, which is narrower than the noise by that factor.

    Dietrich et al., Measurement of signal-to-noise ratios in MR images, Journal of Magnetic Resonance Imaging 2007.
    """
    return tissue.median / (RAYLEIGH * air_deviation)


def efc(data):
    """Entropy focus criterion of a volume: 0 with all energy in one voxel, 1 with all voxels alike; ghosts raise it.

    With x the intensities, b the root of the sum of their squares and N their number: - sum of x/b ln(x/b), divided
    by what N equal voxels would give, sqrt(N) ln sqrt(N). Negative intensities count as 0.

    Atkinson et al., Automatic correction of motion artifacts in magnetic resonance images using an entropy focus
    criterion, IEEE Transactions on Medical Imaging 1997.
    """
    lit = data[data > 0]
    if not lit.size or data.size < 2:
        return math.nan
    shares = lit / np.float32(np.sqrt(np.square(lit, dtype=np.float64).sum()))
    highest = math.sqrt(data.size) * math.log(math.sqrt(data.size))
    return float(-(shares * np.log(shares)).sum(dtype=np.float64) / highest)
