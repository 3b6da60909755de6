"""A small grid of settings for each experiment that declares one, tried on the inner split alone."""


rule try_candidate:
    """Train with one combination of the settings that are searched, and score it on the validation scans."""
    input:
        store=packed,
        folds=folds_of,
        scans=covariate_table,
        start=encoder_of,
    output:
        row="results/{study}/train/{experiment}/search/{split}_seed-{seed}/candidate-{candidate}.tsv",
    log:
        "logs/{study}/try_candidate/{experiment}_{split}_seed-{seed}_candidate-{candidate}.log",
    benchmark:
        "logs/{study}/try_candidate/{experiment}_{split}_seed-{seed}_candidate-{candidate}.benchmark.tsv"
    wildcard_constraints:
        candidate=r"\d+",
    conda:
        "../envs/torch.yaml"
    threads: lambda wildcards: of_experiment(wildcards)["training"]["threads"]
    resources:
        gpu=gpus_asked,
        mem_mb=memory_of("try_candidate"),
        runtime=minutes_of("try_candidate"),
        disk_mb=disk_of("try_candidate"),
    params:
        code=network_code("try_candidate.py"),
        experiment=unsearched,
        classes=class_names,
        candidate=lambda wildcards: candidates(search_of(wildcards))[int(wildcards.candidate) - 1],
    script:
        "../scripts/try_candidate.py"


rule choose_candidate:
    """Choose the combination that did best on the validation scans, and keep the scores of all."""
    input:
        rows=every_candidate,
    output:
        table="results/{study}/train/{experiment}/search/{split}_seed-{seed}.tsv",
    log:
        "logs/{study}/choose_candidate/{experiment}_{split}_seed-{seed}.log",
    benchmark:
        "logs/{study}/choose_candidate/{experiment}_{split}_seed-{seed}.benchmark.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=memory_of("choose_candidate"),
        runtime=minutes_of("choose_candidate"),
        disk_mb=disk_of("choose_candidate"),
    params:
        code=code_of("choose_candidate.py"),
        keep=lambda wildcards: of_experiment(wildcards)["training"]["keep"],
    script:
        "../scripts/choose_candidate.py"
