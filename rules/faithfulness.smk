"""Does the network's answer go with what a map calls relevant?"""


rule score_faithfulness:
    """Take out of held-out scans what a method calls relevant, and follow the network's answer."""
    input:
        store=packed,
        folds=folds_of,
        scans=covariate_table,
        weights=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.pt"),
        cards=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.card.json"),
        maps=every_split("results/{study}/explain/{experiment}/{method}/{split}_seed-{seed}.h5"),
        atlases=lambda wildcards: atlases_of([of_method(wildcards), regions_of_faithfulness(wildcards)]),
    output:
        measures="results/{study}/sanity/{experiment}/{method}/faithfulness.tsv",
        curves="results/{study}/sanity/{experiment}/{method}/faithfulness_curves.tsv",
    log:
        "logs/{study}/score_faithfulness/{experiment}_{method}.log",
    benchmark:
        "logs/{study}/score_faithfulness/{experiment}_{method}.benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    threads: lambda wildcards: of_experiment(wildcards)["training"]["threads"]
    resources:
        gpu=gpus_asked,
        mem_mb=memory_of("score_faithfulness"),
        runtime=minutes_of("score_faithfulness"),
        disk_mb=disk_of("score_faithfulness"),
    params:
        code=method_code("score_faithfulness.py"),
        experiment=of_experiment,
        method=of_method,
        atlases=lambda wildcards: atlases_named([of_method(wildcards), regions_of_faithfulness(wildcards)]),
        sanity=lambda wildcards: sanity_of([wildcards.method], ("faithfulness", "seed")),
    script:
        "../scripts/score_faithfulness.py"


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
        mem_mb=memory_of("mask_inputs"),
        runtime=minutes_of("mask_inputs"),
        disk_mb=disk_of("mask_inputs"),
    params:
        code=method_code("mask_inputs.py"),
        experiment=of_experiment,
        method=of_method,
        atlases=lambda wildcards: atlases_named([of_method(wildcards)]),
        sanity=sanity_of([], ("masked_input", "bootstrap", "seed")),
    script:
        "../scripts/mask_inputs.py"
