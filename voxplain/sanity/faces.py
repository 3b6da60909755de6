"""Whether heads still have their faces: borders of what was taken from them are a cue outside the brain.

A face that was cut away is one value over most of where a face lies, while air elsewhere about the head is noise. Faces
that were blurred or given another shape are not found by that; only somebody who looked at the scans can say so.
"""

import numpy as np

from voxplain.sanity.shortcuts import NETWORK, NO, UNDEFINED, YES, cue_row

CUE, FACES = "faces", ("unknown", "whole", "changed")
EXCESS = (
    0.25  # more of the face than of all else outside the brain has the lowest value: made heads 0, cut ones .5 to .7
)
CLEARED = 0.5  # where so much of all else has it too, air was cleared, and a face cannot be told from it
NEAR = 1e-3  # of the brain's mean: what packing and interpolation make of one value


def erased_face(volume, brain, face):
    """Whether the ``face`` of a scan was cut away; None where that cannot be told. All are (x, y, z), two of them bool.

    ``volume`` holds intensities with the skull. It cannot be told without a face or where air is one value anyway.
    """
    rest = ~brain & ~face
    if not face.any() or not rest.any() or not brain.any():
        return None
    lowest = volume <= volume.min() + NEAR * abs(volume[brain].mean())
    shares = lowest[face].mean(), lowest[rest].mean()
    return None if shares[1] > CLEARED else bool(shares[0] - shares[1] > EXCESS)


def erased_faces(volumes, parts):
    """`erased_face` of every scan of ``volumes``, `Volumes`, in the face of ``parts``, their `HeadParts`."""
    found = []
    for place in range(len(volumes) if "face" in parts.rest else 0):
        brain = volumes.mask(place).numpy() > 0
        found.append(erased_face(volumes[place][0].numpy(), brain, parts.rest["face"] & ~brain))
    return found


def faces_row(erased, said):
    """The row of the scans' faces: ``erased`` of each, see `erased_face`, and what the setting ``said``, one of FACES.

    Flagged where a face is missing or they are said to be changed, and ``no`` where they are said to be whole and none
    is missing: nothing else lets a network be said to be shown whole heads.
    """
    told = [one for one in erased if one is not None]
    cut = sum(told)
    text = f"network: of {len(told)} scans whose faces can be looked for, {cut or 'none'} lack{'s' * (cut < 2)} it"
    flagged = YES if cut or said == "changed" else NO if said == "whole" and told else UNDEFINED
    if flagged == YES:
        text += (
            f"{'' if cut else ', but they are said to be changed'}: borders of what was taken away are a cue outside "
        )
        text += "the brain, and no network is shown whole heads"
    elif flagged == NO:
        text += ", and they are said to be whole: networks are shown whole heads"
    else:
        text += "; whether faces were changed in another way only who looked at them can say (sanity.shortcuts.faces), "
        text += "so these are heads as they came and are not called whole"
    value = cut / len(told) if told else np.nan
    return cue_row(NETWORK, CUE, "share", flagged, f"{text}.", value=value, n=len(told), reference=0.0)
