"""Occlusion of the ADNI network at 1 mm, cube 40 and stride 20, against captum's; see benchmarks/occlusion.py."""

from benchmarks.occlusion import compare
from benchmarks.occlusion_2mm import SMALL

CASE = {"network": "adni_cnn", "shape": (193, 229, 193), "size": 40, "stride": 20}

if __name__ == "__main__":
    compare("occlusion_1mm", 40, CASE, SMALL, peers=2, together=(1, 2))
