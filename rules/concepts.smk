"""What can be said of networks in words: simple models that answer like them, concepts, and what codes hold."""


rule fit_surrogates:
    """Fit simple models to what networks answer, and say how well they foretell answers to held-out scans."""
    input:
        store=packed,
        folds=folds_of,
        scans="results/{study}/cohort/scans.tsv",
        measures=measures_inside("surrogates"),
        atlas=atlas_inside("surrogates"),
        weights=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.pt"),
        cards=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.card.json"),
    output:
        fidelity="results/{study}/insight/{experiment}/surrogates_fidelity.tsv",
        terms="results/{study}/insight/{experiment}/surrogates_terms.tsv",
        answers="results/{study}/insight/{experiment}/surrogates_answers.tsv",
        models="results/{study}/insight/{experiment}/surrogates.json",
    log:
        "logs/{study}/fit_surrogates/{experiment}.log",
    benchmark:
        "logs/{study}/fit_surrogates/{experiment}.benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    threads: lambda wildcards: of_experiment(wildcards)["training"]["threads"]
    resources:
        gpu=gpus_asked,
        mem_mb=memory_of("fit_surrogates"),
        runtime=minutes_of("fit_surrogates"),
        disk_mb=disk_of("fit_surrogates"),
    params:
        code=network_code("fit_surrogates.py"),
        experiment=of_experiment,
        asked=looking_inside("surrogates"),
        label_column=label_column,
        covariates=covariates_carried(),
    script:
        "../scripts/fit_surrogates.py"


rule score_concepts:
    """Ask whether answers of networks move with concepts, such as age or a region, more than with random ones."""
    input:
        store=packed,
        folds=folds_of,
        scans="results/{study}/cohort/scans.tsv",
        measures=measures_inside("concepts"),
        atlas=atlas_inside("concepts"),
        weights=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.pt"),
        cards=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.card.json"),
    output:
        concepts="results/{study}/insight/{experiment}/concepts.tsv",
        scans="results/{study}/insight/{experiment}/concepts_scans.tsv",
        about="results/{study}/insight/{experiment}/concepts.json",
    log:
        "logs/{study}/score_concepts/{experiment}.log",
    benchmark:
        "logs/{study}/score_concepts/{experiment}.benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    threads: lambda wildcards: of_experiment(wildcards)["training"]["threads"]
    resources:
        gpu=gpus_asked,
        mem_mb=memory_of("score_concepts"),
        runtime=minutes_of("score_concepts"),
        disk_mb=disk_of("score_concepts"),
    params:
        code=network_code("score_concepts.py"),
        experiment=of_experiment,
        asked=looking_inside("concepts"),
        label_column=label_column,
        covariates=covariates_carried(),
    script:
        "../scripts/score_concepts.py"


rule decode_latents:
    """Show what the codes of one split's variational autoencoder hold: errors, dimensions, and volumes made of codes."""
    input:
        store=packed,
        folds=folds_of,
        scans=covariate_table,
        weights="results/{study}/train/{experiment}/{split}_seed-{seed}.pt",
        card="results/{study}/train/{experiment}/{split}_seed-{seed}.card.json",
    output:
        reconstruction="results/{study}/insight/{experiment}/latents/{split}_seed-{seed}_reconstruction.tsv",
        latents="results/{study}/insight/{experiment}/latents/{split}_seed-{seed}_latents.tsv",
        traversals="results/{study}/insight/{experiment}/latents/{split}_seed-{seed}_traversals.tsv",
        expected="results/{study}/insight/{experiment}/latents/{split}_seed-{seed}_expected.tsv",
        images=directory("results/{study}/insight/{experiment}/latents/{split}_seed-{seed}"),
        about="results/{study}/insight/{experiment}/latents/{split}_seed-{seed}.json",
    log:
        "logs/{study}/decode_latents/{experiment}_{split}_seed-{seed}.log",
    benchmark:
        "logs/{study}/decode_latents/{experiment}_{split}_seed-{seed}.benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    threads: lambda wildcards: of_experiment(wildcards)["training"]["threads"]
    resources:
        gpu=gpus_asked,
        mem_mb=memory_of("decode_latents"),
        runtime=minutes_of("decode_latents"),
        disk_mb=disk_of("decode_latents"),
    params:
        code=network_code("decode_latents.py"),
        experiment=of_experiment,
        asked=looking_inside("latents"),
    script:
        "../scripts/decode_latents.py"
