"""Encoders that learn to rebuild volumes before their networks learn labels, where asked for, and what that brought."""


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
        mem_mb=memory_of("pretrain_encoder"),
        runtime=minutes_of("pretrain_encoder"),
        disk_mb=disk_of("pretrain_encoder"),
    params:
        code=network_code("pretrain_encoder.py"),
        experiment=of_encoder,
        classes=class_names,
    script:
        "../scripts/pretrain_encoder.py"


rule compare_pretraining:
    """Hold a pretrained network against the same one begun anew: scores on held-out scans, learning, weights."""
    input:
        predictions=[
            "results/{study}/predict/{experiment}/predictions.tsv",
            "results/{study}/predict/{other}/predictions.tsv",
        ],
        histories=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.history.tsv"),
        histories_anew=every_split("results/{study}/train/{other}/{split}_seed-{seed}.history.tsv"),
        encoders=every_split("results/{study}/train/{experiment}/encoder/{split}_seed-{seed}.pt"),
        weights=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.pt"),
        cards=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.card.json"),
    output:
        scores="results/{study}/insight/{experiment}/transfer-{other}_scores.tsv",
        learning="results/{study}/insight/{experiment}/transfer-{other}_learning.tsv",
        moved="results/{study}/insight/{experiment}/transfer-{other}_moved.tsv",
    log:
        "logs/{study}/compare_pretraining/{experiment}_{other}.log",
    benchmark:
        "logs/{study}/compare_pretraining/{experiment}_{other}.benchmark.tsv"
    wildcard_constraints:
        other="|".join(SETTINGS["experiments"]),
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=memory_of("compare_pretraining"),
        runtime=minutes_of("compare_pretraining"),
        disk_mb=disk_of("compare_pretraining"),
    params:
        code=network_code("compare_pretraining.py"),
        drawn=asked_of_baselines("bootstrap", "seed"),
    script:
        "../scripts/compare_pretraining.py"
