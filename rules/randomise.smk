"""Do the maps depend on what the network learned?"""


rule randomise_model:
    """Randomise the network from its head down, and compare each step's maps with the trained network's."""
    input:
        store=packed,
        folds=folds_of,
        scans=covariate_table,
        weights=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.pt"),
        cards=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.card.json"),
        atlases=lambda wildcards: atlases_of([of_method(wildcards)]),
    output:
        similarity="results/{study}/sanity/{experiment}/{method}/randomisation.tsv",
    log:
        "logs/{study}/randomise_model/{experiment}_{method}.log",
    benchmark:
        "logs/{study}/randomise_model/{experiment}_{method}.benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    threads: lambda wildcards: of_experiment(wildcards)["training"]["threads"]
    resources:
        gpu=gpus_asked,
        mem_mb=memory_of("randomise_model"),
        runtime=minutes_of("randomise_model"),
        disk_mb=disk_of("randomise_model"),
    params:
        code=method_code("randomise_model.py"),
        experiment=of_experiment,
        method=of_method,
        atlases=lambda wildcards: atlases_named([of_method(wildcards)]),
        sanity=lambda wildcards: sanity_of([wildcards.method], ("scans_per_split", "draws", "randomisation", "seed")),
    script:
        "../scripts/randomise_model.py"


rule randomise_data:
    """Compare maps of networks that learnt permuted labels with their twin's, and score them where the truth is known."""
    input:
        store=packed,
        folds=folds_of,
        scans=covariate_table,
        weights=every_arm("results/{study}/train/{experiment}/arms/{arm}_{split}_seed-{seed}.pt"),
        cards=every_arm("results/{study}/train/{experiment}/arms/{arm}_{split}_seed-{seed}.card.json"),
        atlases=lambda wildcards: atlases_of([of_method(wildcards)]),
        truths=lambda wildcards: truths_of_experiment(wildcards) if MADE else [],
        mask=TEMPLATE["mask"],
    output:
        similarity="results/{study}/sanity/{experiment}/{method}/data_randomisation.tsv",
        localisation="results/{study}/sanity/{experiment}/{method}/data_randomisation_localisation.tsv",
    log:
        "logs/{study}/randomise_data/{experiment}_{method}.log",
    benchmark:
        "logs/{study}/randomise_data/{experiment}_{method}.benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    threads: lambda wildcards: of_experiment(wildcards)["training"]["threads"]
    resources:
        gpu=gpus_asked,
        mem_mb=memory_of("randomise_data"),
        runtime=minutes_of("randomise_data"),
        disk_mb=disk_of("randomise_data"),
    params:
        code=method_code("randomise_data.py"),
        experiment=of_experiment,
        method=of_method,
        atlases=lambda wildcards: atlases_named([of_method(wildcards)]),
        effects=lambda wildcards: effects_of(wildcards) if MADE else [],
        sanity=lambda wildcards: sanity_of(
            [wildcards.method], ("permuted_per_split", "bootstrap", "localisation", "seed")
        ),
    script:
        "../scripts/randomise_data.py"
