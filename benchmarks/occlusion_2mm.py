"""Occlusion of the ADNI network at 2 mm, cube 20 and stride 10, against captum's; see benchmarks/occlusion.py."""

from benchmarks.occlusion import compare

CASE = {"network": "adni_cnn", "shape": (91, 109, 91), "size": 20, "stride": 10}
SMALL = {"network": "adni_cnn", "shape": (79, 83, 88), "size": 30, "stride": 20, "width": 2}

if __name__ == "__main__":
    compare("occlusion_2mm", 20, CASE, SMALL, peers=16, together=(1, 2, 4, 8))
