"""What simpler things than a network tell: confounds, kernels on voxels, tables of features; and all models in one table."""
