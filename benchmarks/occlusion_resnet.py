"""Occlusion of VoxResNet at 110 voxels a side, cube 16 and stride 8, against captum's; see benchmarks/occlusion.py."""

from benchmarks.occlusion import compare

CASE = {"network": "vox_resnet", "shape": (110, 110, 110), "size": 16, "stride": 8}
SMALL = {"network": "vox_resnet", "shape": (57, 60, 66), "size": 16, "stride": 16, "width": 2}

if __name__ == "__main__":
    compare("occlusion_resnet", 10, CASE, SMALL, peers=2, together=(1, 2), ours=48)
