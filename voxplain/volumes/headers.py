"""What a NIfTI header says, believed only where it can be right: one volume, of real numbers, in a known place."""

import numpy as np
from nibabel.spatialimages import HeaderDataError

from voxplain.errors import InputError

SMALLEST_AXIS = 32
MOST_VOXELS = 1024**3
SPACING_LIMITS = 0.3, 6.0  # mm
SHEAR_TOLERANCE = 1e-3
APART = 1.0  # mm between the places that sform and qform give to a corner
MOST_BEFORE = 2**28  # bytes of extensions before the data
FORMS = "refuse", "sform", "qform"
CODES = {1: "scanner", 2: "aligned", 3: "Talairach", 4: "MNI152", 5: "template"}


def check_content(header, name, smallest=SMALLEST_AXIS):
    """Raise InputError where the data are anything but one volume of real numbers, of a size that a head can have.

    ``smallest`` is the least number of voxels along an axis.
    """
    dtype, dimensions = _data_type(header, name), int(header["dim"][0])
    if not 3 <= dimensions <= 7:
        raise InputError(f"{name}: {dimensions}-D found; give one 3-D volume")
    if dtype.fields:
        raise InputError(f"{name}: {len(dtype.fields)} components a voxel (colour); give one volume")
    if dtype.kind == "c":
        raise InputError(f"{name}: complex values found; give the magnitude")
    shape = header.get_data_shape()
    if min(shape) < 1:
        raise InputError(f"{name}: shape {shape}; restore the header")
    volumes = int(np.prod(shape[3:], dtype=object))
    if volumes != 1:
        raise InputError(f"{name}: {len(shape)}-D with {volumes} volumes found; give one 3-D volume")
    if min(shape[:3]) < smallest:
        told = f"shape {shape[:3]}; every axis needs at least {smallest} voxels"
        raise InputError(f"{name}: {told}; give the whole head")
    if int(np.prod(shape, dtype=object)) > MOST_VOXELS:
        raise InputError(f"{name}: shape {shape[:3]}, more than {MOST_VOXELS} voxels; restore the header")
    offset = header["vox_offset"]
    if not header.single_vox_offset <= offset <= MOST_BEFORE:
        raise InputError(f"{name}: the header has the data begin at byte {offset:g}; restore it")


def scaling(header, name):
    """Slope and intercept from stored to true values; a slope of 0 or NaN means that both are the same."""
    slope, inter = float(header["scl_slope"]), float(header["scl_inter"])
    if slope == 0 or np.isnan(slope):
        return 1.0, 0.0
    if not np.isfinite([slope, inter]).all():
        raise InputError(f"{name}: scl_slope {slope:g} and scl_inter {inter:g}; restore the header")
    return slope, inter


@np.errstate(all="ignore")
def placed(header, name, form):
    """The 4 x 4 affine to RAS+ millimetres, float64; InputError where the header leaves any doubt of it.

    Where sform and qform are both set they must agree, or ``form`` say which of them counts.
    """
    affine = _chosen(header, name, form)
    axes = affine[:3, :3]
    spacing = np.sqrt((axes**2).sum(axis=0))
    low, high = SPACING_LIMITS
    if not ((spacing >= low - 1e-3) & (spacing <= high + 1e-3)).all():
        sizes = " x ".join(f"{size:.3g}" for size in spacing)
        limits = f"they must lie between {low:g} and {high:g} mm"
        raise InputError(f"{name}: voxels of {sizes} mm; {limits}; correct the header, or give a finer scan")
    turned = axes / spacing
    shear = np.abs(turned.T @ turned - np.eye(3)).max()
    if shear > SHEAR_TOLERANCE:
        raise InputError(f"{name}: the axes are not at right angles (off by {shear:.3f}); resample it without shear")
    return affine


def _data_type(header, name):
    unknown = InputError(f"{name}: data type {int(header['datatype'])} is not known; convert it again")
    try:
        dtype = header.get_data_dtype()
    except (KeyError, HeaderDataError) as error:
        raise unknown from error
    if not dtype.itemsize:
        raise unknown
    return dtype


def _chosen(header, name, form):
    if form not in FORMS:
        raise ValueError(f"form {form}, not one of {', '.join(FORMS)}")
    codes = {one: int(header[f"{one}_code"]) for one in ("sform", "qform")}
    codes = {one: code for one, code in codes.items() if code in CODES}
    if not codes:
        raise InputError(f"{name}: neither sform nor qform is set, so left and right are unknown; restore the header")
    if form in codes or len(codes) == 1:
        one = form if form in codes else next(iter(codes))
        return _form(header, name, one)
    sform, qform = (_form(header, name, one) for one in ("sform", "qform"))
    mirrored = np.linalg.det(sform[:3, :3]) * np.linalg.det(qform[:3, :3]) < 0
    corners = np.array(np.meshgrid(*([0, n - 1] for n in header.get_data_shape()[:3]), [1])).reshape(4, -1)
    apart = np.linalg.norm(((sform - qform) @ corners)[:3], axis=0).max()
    if mirrored or not apart <= APART:
        kinds = " and ".join(f"{one} ({CODES[code]})" for one, code in codes.items())
        how = f"by {apart:.1f} mm" + (" and left and right are swapped" if mirrored else "")
        raise InputError(
            f"{name}: {kinds} disagree {how}; restore the header, or set cohort.form to the right one, sform or qform"
        )
    return sform


def _form(header, name, one):
    if header["pixdim"][0] == 0:
        header["pixdim"][0] = 1  # as the standard reads it
    try:
        affine = header.get_sform() if one == "sform" else header.get_qform()
    except (HeaderDataError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"{name}: the qform cannot be right ({reason}); restore the header, or set cohort.form to sform"
        ) from error
    if not np.isfinite(affine).all():
        raise InputError(f"{name}: the {one} is not finite; restore the header")
    return affine.astype(np.float64)
