"""Volumes that were made of latent codes, as NIfTI files, and a list that says what each of them shows."""

from pathlib import Path

from voxplain.volumes.volume import ALIGNED, Volume, save_volume


def write_latent_images(folder, tables, volumes, held_out):
    """A row, a dict, for each file that it leaves in ``folder`` of what `decode_latents` made of a split.

    ``file``, ``kind`` and ``name``. Of kind ``expected`` the name is that of a class or an amount; of a ``traversal``
    that of a dimension, and ``step`` says how far it was moved. Of a held-out scan, by its name, there are the ``scan``
    as the network is shown it, ``rebuilt``, and ``as_of`` each ``of`` the expected ones. held_out: the `Volumes` that
    were decoded, whose affine the files have, a scan's its own; of several channels each has a file.
    """
    folder, rows = Path(folder), []

    def write(stem, volume, affine, **about):
        for place, values in enumerate(volume):
            channel = {"channel": held_out.channel_names[place]} if len(volume) > 1 else {}
            name = "_".join([stem, *(f"channel-{one.replace('_', '')}" for one in channel.values())])
            save_volume(folder / f"{name}.nii.gz", Volume(values, affine), code=ALIGNED)
            rows.append({"file": f"{name}.nii.gz"} | about | channel)

    names = tables["expected"]["name"].tolist()
    for place, name in enumerate(names):
        write(f"expected-{place}", volumes["expected"][place], held_out.affine, kind="expected", name=name)
    for (place, step), volume in _moved(tables["traversals"], volumes["traversals"]):
        dimension = int(tables["traversals"]["dimension"].unique()[place])
        about = {"kind": "traversal", "name": dimension, "step": float(step)}
        moved = f"{'minus' if step < 0 else 'plus'}{abs(step):g}".replace(".", "p")
        write(f"dimension-{dimension}_{moved}", volume, held_out.affine, **about)
    for place, scan in enumerate(volumes["examples"].tolist()):
        at = list(held_out.scans).index(scan)
        affine = held_out.affine if held_out.affines is None else held_out.affines[at]
        write(scan, held_out[at].numpy(), affine, kind="scan", name=scan)
        write(f"{scan}_rebuilt", volumes["rebuilt"][place], affine, kind="rebuilt", name=scan)
        for number, name in enumerate(names):
            about = {"kind": "as_of", "name": scan, "of": name}
            write(f"{scan}_as-{number}", volumes["as_of"][place, number], affine, **about)
    return rows


def _moved(table, moved):
    steps = table["step"].unique()
    return [((place, step), moved[place, at]) for place in range(len(moved)) for at, step in enumerate(steps)]
