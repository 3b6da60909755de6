"""The data-randomisation test: every network's twins on true and on permuted labels, where it is asked for."""


rule train_arm:
    """Train a twin on true or permuted labels until it knows its scans by heart; keep the last epoch."""
    input:
        store=packed,
        folds=folds_of,
        scans=covariate_table,
        choice=choice_of,
        start=encoder_of,
    output:
        weights="results/{study}/train/{experiment}/arms/{arm}_{split}_seed-{seed}.pt",
        history="results/{study}/train/{experiment}/arms/{arm}_{split}_seed-{seed}.history.tsv",
        card="results/{study}/train/{experiment}/arms/{arm}_{split}_seed-{seed}.card.json",
    log:
        "logs/{study}/train_arm/{experiment}_{arm}_{split}_seed-{seed}.log",
    benchmark:
        "logs/{study}/train_arm/{experiment}_{arm}_{split}_seed-{seed}.benchmark.tsv"
    wildcard_constraints:
        arm=r"true|permuted\d+",
    conda:
        "../envs/torch.yaml"
    threads: lambda wildcards: of_experiment(wildcards)["training"]["threads"]
    resources:
        gpu=gpus_asked,
        mem_mb=memory_of("train_arm"),
        runtime=minutes_of("train_arm"),
        disk_mb=disk_of("train_arm"),
    params:
        code=network_code("train_arm.py"),
        experiment=of_experiment,
        classes=class_names,
        training=SETTINGS["sanity"]["permuted_training"],
    script:
        "../scripts/train_arm.py"


rule tabulate_arms:
    """Put the scores of all arms side by side, on the labels that they learned and on held-out scans."""
    input:
        cards=every_arm("results/{study}/train/{experiment}/arms/{arm}_{split}_seed-{seed}.card.json"),
    output:
        table="results/{study}/train/{experiment}/arms.tsv",
    log:
        "logs/{study}/tabulate_arms/{experiment}.log",
    benchmark:
        "logs/{study}/tabulate_arms/{experiment}.benchmark.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=memory_of("tabulate_arms"),
        runtime=minutes_of("tabulate_arms"),
        disk_mb=disk_of("tabulate_arms"),
    params:
        code=code_of("tabulate_arms.py"),
    script:
        "../scripts/tabulate_arms.py"
