"""What can be told without the network: from confounds, from voxels by kernels, and from tables of features."""
