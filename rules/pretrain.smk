"""Encoders that learn to rebuild volumes before their networks learn labels, for the experiments that ask for it."""


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
