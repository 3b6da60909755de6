"""What do the networks' answers owe to the size of a brain?"""


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
        mem_mb=4000,
        runtime=240,
    params:
        code=network_code("probe_size.py"),
        experiment=of_experiment,
        classes=class_names,
        share=lambda wildcards: size_change(wildcards.experiment),
    script:
        "../scripts/probe_size.py"
