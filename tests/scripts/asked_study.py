"""A study small enough to look into: made scans of four regions, an atlas, a table, networks that learned nothing."""

from types import SimpleNamespace

import nibabel
import numpy as np
import pandas as pd
import torch

from voxplain.networks.build import build
from voxplain.store import write_store
from voxplain.training.trained import write_trained

SHAPE = (24, 22, 26)
AFFINE = np.diag([3.0, 3, 3, 1])
REGIONS = {1: "left front", 2: "right front", 5: "left back", 7: "right back"}


def asked_study(folder, count=20, name="mrinet", classes=("F", "M"), shape=SHAPE, splits=2, **options):
    """Files of ``count`` scans of as many subjects, dealt to ``splits``, in ``folder``, and their paths by name."""
    generator, labels = np.random.default_rng(7), np.zeros(shape, np.int16)
    options = options or {"width": 2}
    x, y = shape[0] // 2, shape[1] // 2
    labels[:x, :y], labels[x:, :y], labels[:x, y:], labels[x:, y:] = list(REGIONS)
    scans = [f"sub-{number:02d}" for number in range(count)]
    sexes = np.arange(count) % 2
    levels = generator.normal(1, 0.3, (count, 8)).clip(0.1)

    def volumes():
        for place, scan in enumerate(scans):
            noise = generator.normal(0, 0.2, shape)
            yield scan, scan, (levels[place][labels] + noise).clip(0), np.ones(shape)

    write_store(folder / "store.h5", volumes(), AFFINE, "mni152", {})
    _atlas(folder, labels)
    about = {"scan": scans, "subject": scans, "Gender": np.where(sexes, "M", "F"), "label_sex": sexes}
    about |= {
        "Age": np.resize(["22-25", "26-30", "36+"], count),
        "volume_ml": generator.normal(1200, 90, count).round(1),
    }
    about |= {"SubjectID": range(count), "same": 1}
    pd.DataFrame(about).to_csv(folder / "scans.tsv", sep="\t", index=False)
    told = sexes if classes else generator.normal(50, 9, count).round(2)
    known = pd.DataFrame({"scan": scans, "subject": scans, "group": scans, "label": told})
    held_out = [np.arange(count) // 2 % splits == place for place in range(splits)]
    folds = [
        known.assign(split=f"r1f{place + 1}", role=np.where(held, "test", "train"))
        for place, held in enumerate(held_out)
    ]
    pd.concat(folds).to_csv(folder / "folds.tsv", sep="\t", index=False)
    weights, cards = [], []
    for place in range(splits):
        torch.manual_seed(place)
        network = build(name, shape, classes=len(classes) or None, **options)
        card = {"network": {"name": name, **options}, "input_shape": shape, "classes": list(classes), "seed": 1}
        card |= {"split": f"r1f{place + 1}", "task": "binary" if classes else "regression"}
        card |= {} if classes else {"target": {"mean": 50.0, "sd": 9.0}}
        weights.append(folder / f"r1f{place + 1}_seed-1.pt")
        cards.append(folder / f"r1f{place + 1}_seed-1.card.json")
        write_trained(weights[-1], cards[-1], network.state_dict(), card)
    return SimpleNamespace(
        files=(folder / "store.h5", folder / "folds.tsv", weights, cards),
        scans=folder / "scans.tsv",
        atlas=(folder / "atlas.nii.gz", folder / "atlas.tsv"),
        experiment={"mask": "none", "device": "cpu", "training": {"threads": 1}},
        held_out=[[scan for scan, one in zip(scans, held, strict=True) if one] for held in held_out],
        table=pd.DataFrame(about).set_index("scan"),
        levels=pd.DataFrame(levels[:, list(REGIONS)], scans, list(REGIONS.values())),
    )


def _atlas(folder, labels):
    nibabel.save(nibabel.Nifti1Image(labels, AFFINE), folder / "atlas.nii.gz")
    names = pd.DataFrame({"index": list(REGIONS), "name": list(REGIONS.values())})
    names.to_csv(folder / "atlas.tsv", sep="\t", index=False)
