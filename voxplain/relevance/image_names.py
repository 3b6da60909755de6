"""What the images of a group's averages are called."""

# Scale and measure of an image by the end of its name
IMAGES = {
    "mean": ("raw", "mean"),
    "sd": ("raw", "sd"),
    "median": ("raw", "median"),
    "desc-scaled_mean": ("scaled", "mean"),
    "desc-scaled_sd": ("scaled", "sd"),
    "desc-scaled_median": ("scaled", "median"),
    "top": ("scaled", "top"),
}


def image_names(group):
    """Names of the images of a group, in their order."""
    return [f"group-{group}_{image}.nii.gz" for image in IMAGES]
