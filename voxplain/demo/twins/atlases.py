"""Stand-ins for published atlases: their kinds of names and tables, over coarse parcels of the template brain.

No parcel is one of an atlas: the borders lie half way between rough centres, so that a study can be run with made data
and no download. Nothing about a region can be told from them.
"""

import numpy as np

from voxplain.demo.anatomy import both_sides, ellipsoid, template_head
from voxplain.demo.archive import nifti_bytes
from voxplain.demo.grid import head_grid, values_at

SPACING = 4.0
# Left value in AAL for SPM, the right one 1 higher; name; rough centre (|x|, y, z) in mm of MNI152 space
AAL = (
    (2001, "Precentral", (40, -6, 50)),
    (2101, "Frontal_Sup", (20, 36, 40)),
    (2111, "Frontal_Sup_Orb", (18, 46, -14)),
    (2201, "Frontal_Mid", (36, 32, 32)),
    (3001, "Insula", (37, 6, 2)),
    (4001, "Cingulum_Ant", (6, 34, 14)),
    (4101, "Hippocampus", (27, -20, -11)),
    (4111, "ParaHippocampal", (22, -16, -24)),
    (4201, "Amygdala", (24, 0, -18)),
    (5001, "Calcarine", (10, -78, 6)),
    (5201, "Occipital_Mid", (34, -80, 16)),
    (6101, "Parietal_Sup", (24, -60, 58)),
    (6301, "Precuneus", (8, -56, 44)),
    (7001, "Caudate", (12, 11, 9)),
    (7101, "Thalamus", (11, -18, 8)),
    (8111, "Temporal_Sup", (56, -20, 6)),
    (8201, "Temporal_Mid", (56, -34, -4)),
    (9001, "Cerebelum_Crus1", (36, -66, -30)),
)
BRAINNETOME = (
    (1, "SFG_{}_7_1", (8, 18, 54)),
    (15, "MFG_{}_7_1", (28, 42, 30)),
    (57, "PrG_{}_6_3", (34, -12, 54)),
    (109, "PhG_{}_6_1", (24, -12, -28)),
    (163, "INS_{}_6_1", (36, -18, 8)),
    (201, "OcG_{}_4_1", (32, -86, 10)),
    (211, "Amyg_{}_2_1", (20, -2, -20)),
    (215, "Hipp_{}_2_1", (24, -18, -14)),
    (231, "Tha_{}_8_1", (8, -12, 8)),
)
ICBM = (
    (1, "GCC", "Genu of corpus callosum", (0, 26, 6)),
    (2, "BCC", "Body of corpus callosum", (0, -4, 26)),
    (3, "SCC", "Splenium of corpus callosum", (0, -38, 14)),
    (17, "ALIC-{}", "Anterior limb of internal capsule {}", (18, 10, 8)),
    (19, "PLIC-{}", "Posterior limb of internal capsule {}", (22, -10, 10)),
    (23, "ACR-{}", "Anterior corona radiata {}", (24, 28, 10)),
    (25, "SCR-{}", "Superior corona radiata {}", (26, -8, 34)),
    (29, "PTR-{}", "Posterior thalamic radiation {}", (34, -56, 6)),
    (41, "SLF-{}", "Superior longitudinal fasciculus {}", (38, -26, 32)),
)
# Centre and half-axes, wider than life, so that some voxels of 6 mm are its own
HIPPOCAMPUS = ((27, -20, -11), (10, 20, 11))


def write_atlas(name, image, table):
    """Labels in the file ``image`` and their names in ``table`` (None: none), of the atlas that ``name`` reminds of.

    A name with aal in it has AAL's values and words, one with icbm those of ICBM's white matter, one with hippo is of
    the hippocampi alone; any other has Brainnetome's. ``table`` is XML as SPM has it where it ends so, else text.
    """
    kind = next((kind for word, kind in KINDS.items() if word in name.lower()), _brainnetome)
    labels, lines, names = kind()
    image.parent.mkdir(parents=True, exist_ok=True)
    image.write_bytes(nifti_bytes(labels.astype(np.int16), head_grid(SPACING).affine))
    if table is None:
        return
    if table.suffix == ".xml":
        told = "".join(
            f"<label><index>{index}</index><name>{called}</name></label>\n" for index, called in names.items()
        )
        lines = [f"<atlas><data>\n{told}</data></atlas>"]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _aal():
    labels = _nearest([centre for _, _, centre in AAL], [(index, index + 1) for index, _, _ in AAL])
    names = {index + side: f"{called}_{'LR'[side]}" for index, called, _ in AAL for side in (0, 1)}
    lines = [f"{'FAG' if called.endswith('L') else 'FAD'}\t{called}\t{index}" for index, called in names.items()]
    return labels, lines, names


def _brainnetome():
    labels = _nearest([centre for _, _, centre in BRAINNETOME], [(index, index + 1) for index, _, _ in BRAINNETOME])
    names = {index + side: called.format("LR"[side]) for index, called, _ in BRAINNETOME for side in (0, 1)}
    return labels, [f"{index} {called} {index} 90 30 0" for index, called in names.items()], names


def _icbm():
    # odd and even as the published labels have them: right first
    paired = [(index + 1, index) if centre[0] else (index, index) for index, _, _, centre in ICBM]
    labels = _nearest([centre for *_, centre in ICBM], paired, white=True)
    names, lines = {}, []
    for index, short, called, centre in ICBM:
        for number, side in enumerate(("R", "L") if centre[0] else ("",)):
            names[index + number] = called.format(side)
            lines.append(f"{index + number}\t{short.format(side)}\t\t{called.format(side)}")
    return labels, lines, names


def _hippocampus():
    points, inside = _brain()
    there = inside & (both_sides(ellipsoid, points, *HIPPOCAMPUS) < 0)
    names = {1: "Left Hippocampus", 2: "Right Hippocampus"}
    return np.where(there, 1 + (points[0] > 0), 0), [f"{index}\t{one}" for index, one in names.items()], names


def _brain(white=False):
    """Where the voxels of the atlas's grid lie, (3, x, y, z) in mm, and which are the brain's, or white matter's."""
    points, brain = head_grid(SPACING).points(), template_head(6.0).brain
    return points, values_at(brain.white if white else brain.extent, brain.grid, points) > 0.5


def _nearest(centres, pairs, white=False):
    """Labels (x, y, z): in every voxel that of the nearest of ``centres``; ``pairs`` are their left and right ones."""
    points, inside = _brain(white)
    folded = np.stack([np.abs(points[0]), points[1], points[2]])
    apart = [((folded - np.array(one, np.float32)[:, None, None, None]) ** 2).sum(0) for one in centres]
    left, right = np.array(pairs).T[:, np.argmin(apart, axis=0)]
    return np.where(inside, np.where(points[0] > 0, right, left), 0)


KINDS = {"aal": _aal, "icbm": _icbm, "jhu": _icbm, "white": _icbm, "hippo": _hippocampus}
