"""Does the network's answer go with what a map calls relevant?"""


rule mask_inputs:
    """Show held-out scans through masks of what a method calls relevant, made of scans that are not held out."""
    input:
        store=packed,
        folds=folds_of,
        scans=covariate_table,
        weights=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.pt"),
        cards=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.card.json"),
        atlases=lambda wildcards: atlases_of([of_method(wildcards)]),
    output:
        scores="results/{study}/sanity/{experiment}/{method}/masked_input.tsv",
        made="results/{study}/sanity/{experiment}/{method}/masked_input.json",
    log:
        "logs/{study}/mask_inputs/{experiment}_{method}.log",
    benchmark:
        "logs/{study}/mask_inputs/{experiment}_{method}.benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    threads: lambda wildcards: of_experiment(wildcards)["training"]["threads"]
    resources:
        gpu=gpus_asked,
        mem_mb=8000,
        runtime=720,
    params:
        code=method_code("mask_inputs.py"),
        experiment=of_experiment,
        method=of_method,
        atlases=lambda wildcards: atlases_named([of_method(wildcards)]),
        sanity=sanity_of([], ("masked_input", "bootstrap", "seed")),
    script:
        "../scripts/mask_inputs.py"
