"""Programs that take the place of HD-BET and SynthStrip: they insist on arguments and weights as the real ones do.

Their mask is what is brighter than 700, which is no brain. The names of volumes may ask for another behaviour: turned
(a mask on another grid), nothing (no mask), shy (no mask in company).
"""

import sys
from pathlib import Path

COMMON = """#!{python}
import json, os, sys, argparse, threading
from pathlib import Path
import nibabel, numpy as np

def mask_of(path, out, name):
    image = nibabel.load(path)
    data = (np.asarray(image.dataobj) > 700).astype(np.uint8)
    if "turned" in name:
        data = data[:-1]
    if "nothing" not in name and not ("shy" in name and len(os.listdir(Path(path).parent)) > 1 and TOGETHER):
        nibabel.save(nibabel.Nifti1Image(data, image.affine), out)

def note(**what):
    what |= {{"cores": len(os.sched_getaffinity(0)), "omp": os.environ.get("OMP_NUM_THREADS")}}
    with open(os.environ["STAND_IN_NOTES"], "a") as file:
        file.write(json.dumps(what) + "\\n")

TOGETHER = True
parser = argparse.ArgumentParser()
"""
HD_BET = """
parser.add_argument("-i", "--input", required=True)
parser.add_argument("-o", "--output")
parser.add_argument("-device", default="cuda")
for flag in ("--disable_tta", "--save_bet_mask", "--no_bet_image", "--verbose"):
    parser.add_argument(flag, action="store_true")
given = parser.parse_args()
weights = Path(os.path.expanduser("~"), "hd-bet_params", "release_2.0.0", "fold_all", "checkpoint_final.pth")
assert weights.read_text() == "the user's", "would fetch its weights"
assert given.save_bet_mask and given.no_bet_image and given.device == "cpu" and given.disable_tta
note(input=given.input)
if os.path.isdir(given.input):
    files = sorted(name for name in os.listdir(given.input) if name.endswith(".nii.gz"))
    os.makedirs(given.output, exist_ok=True)
    jobs = [(os.path.join(given.input, one), os.path.join(given.output, one)) for one in files]
else:
    TOGETHER = False
    assert not os.path.isdir(given.output) and given.output.endswith(".nii.gz")
    jobs = [(given.input, given.output)]
for source, target in jobs:
    mask_of(source, target[:-7] + "_bet.nii.gz", os.path.basename(source))
"""
SYNTHSTRIP = """
parser.add_argument("-i", "--image", required=True)
parser.add_argument("-o", "--out")
parser.add_argument("-m", "--mask")
parser.add_argument("-g", "--gpu", action="store_true")
parser.add_argument("--model")
given = parser.parse_args()
assert given.mask and Path(given.model).read_text() == "the user's", "would look for its own weights"
note(input=given.image)
mask_of(given.image, given.mask, "")
"""


def install(folder, name, body):
    """The program ``name`` in ``folder``, which is to be put on the path."""
    path = Path(folder) / name
    path.write_text(COMMON.format(python=sys.executable) + body)
    path.chmod(0o755)
