"""Encoders that learn to rebuild volumes before their networks learn labels, for the experiments that ask for it."""


def encoder_of(wildcards):
    """What a network's first layers start from; nothing for an experiment that does not pretrain them."""
    path = "results/{study}/train/{experiment}/encoder/{split}_seed-{seed}.pt"
    asked = SETTINGS["experiments"][wildcards.experiment]["pretrain"]
    return path.format(**dict(wildcards.items())) if asked else []


def of_encoder(wildcards):
    """What decides on an encoder of all that an experiment is: nothing that concerns labels or what is tried later."""
    left_out = "search", "augmentation", "labels"
    return {key: value for key, value in of_experiment(wildcards).items() if key not in left_out}


rule pretrain_encoder:
    """Train the first layers of a network to rebuild the training scans of a split."""
    input:
        store=packed,
        folds=folds_of,
    output:
        weights="results/{study}/train/{experiment}/encoder/{split}_seed-{seed}.pt",
        history="results/{study}/train/{experiment}/encoder/{split}_seed-{seed}.history.tsv",
    log:
        "logs/{study}/pretrain_encoder/{experiment}_{split}_seed-{seed}.log",
    benchmark:
        "logs/{study}/pretrain_encoder/{experiment}_{split}_seed-{seed}.benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    threads: lambda wildcards: of_experiment(wildcards)["training"]["threads"]
    resources:
        gpu=gpus_asked,
        mem_mb=8000,
        runtime=2880,
    params:
        code=network_code("pretrain_encoder.py"),
        experiment=of_encoder,
        classes=class_names,
    script:
        "../scripts/pretrain_encoder.py"
