"""One network for each experiment, split and seed, its predictions for scans that it never saw, and what these owe to size."""


rule train_fold:
    """Train on all folds but one, and keep the epoch with the best validation score."""
    input:
        store=packed,
        folds=folds_of,
        scans=covariate_table,
        choice=choice_of,
        start=encoder_of,
    output:
        weights="results/{study}/train/{experiment}/{split}_seed-{seed}.pt",
        history="results/{study}/train/{experiment}/{split}_seed-{seed}.history.tsv",
        card="results/{study}/train/{experiment}/{split}_seed-{seed}.card.json",
    log:
        "logs/{study}/train_fold/{experiment}_{split}_seed-{seed}.log",
    benchmark:
        "logs/{study}/train_fold/{experiment}_{split}_seed-{seed}.benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    threads: lambda wildcards: of_experiment(wildcards)["training"]["threads"]
    resources:
        gpu=gpus_asked,
        mem_mb=memory_of("train_fold"),
        runtime=minutes_of("train_fold"),
        disk_mb=disk_of("train_fold"),
    params:
        code=network_code("train_fold.py"),
        experiment=of_experiment,
        classes=class_names,
    script:
        "../scripts/train_fold.py"


rule predict_experiment:
    """Predict every scan by networks that never saw it, and score them beside baselines of size and of the outside."""
    input:
        store=packed,
        scans="results/{study}/cohort/scans.tsv",
        folds=folds_of,
        weights=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.pt"),
        cards=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.card.json"),
    output:
        predictions="results/{study}/predict/{experiment}/predictions.tsv",
        scores=report(
            "results/{study}/predict/{experiment}/scores.tsv",
            caption="captions/scores.rst",
            category="Scores",
            labels={"experiment": "{experiment}", "table": "held-out scores"},
        ),
        curves="results/{study}/predict/{experiment}/curves.tsv",
    log:
        "logs/{study}/predict_experiment/{experiment}.log",
    benchmark:
        "logs/{study}/predict_experiment/{experiment}.benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    threads: lambda wildcards: of_experiment(wildcards)["training"]["threads"]
    resources:
        gpu=gpus_asked,
        mem_mb=memory_of("predict_experiment"),
        runtime=minutes_of("predict_experiment"),
        disk_mb=disk_of("predict_experiment"),
    params:
        code=network_code("predict_experiment.py"),
        experiment=of_experiment,
        classes=class_names,
        sanity=sanity_of([]),
    script:
        "../scripts/predict_experiment.py"


rule probe_size:
    """Ask what held-out answers owe to size: along with it within classes, and when a scan is larger or smaller."""
    input:
        store=packed,
        scans="results/{study}/cohort/scans.tsv",
        folds=folds_of,
        weights=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.pt"),
        cards=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.card.json"),
    output:
        sizes="results/{study}/predict/{experiment}/size.tsv",
    log:
        "logs/{study}/probe_size/{experiment}.log",
    benchmark:
        "logs/{study}/probe_size/{experiment}.benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    threads: lambda wildcards: of_experiment(wildcards)["training"]["threads"]
    resources:
        gpu=gpus_asked,
        mem_mb=memory_of("probe_size"),
        runtime=minutes_of("probe_size"),
        disk_mb=disk_of("probe_size"),
    params:
        code=network_code("probe_size.py"),
        experiment=of_experiment,
        classes=class_names,
        share=lambda wildcards: size_change(wildcards.experiment),
    script:
        "../scripts/probe_size.py"
