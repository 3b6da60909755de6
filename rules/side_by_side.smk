"""Experiments side by side, scores where a confound cannot help, and published figures beside the study's own."""


rule describe_experiment:
    """Say what an experiment comes to: scores on both sides of a split, size in its answers, where relevance lies."""
    input:
        store=packed,
        folds=folds_of,
        scans="results/{study}/cohort/scans.tsv",
        weights=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.pt"),
        cards=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.card.json"),
        predictions="results/{study}/predict/{experiment}/predictions.tsv",
        scores="results/{study}/predict/{experiment}/scores.tsv",
        maps=maps_of_every_method(),
        localisation="results/{study}/sanity/{experiment}/localisation.tsv" if MADE else [],
    output:
        table="results/{study}/predict/{experiment}/described.tsv",
    log:
        "logs/{study}/describe_experiment/{experiment}.log",
    benchmark:
        "logs/{study}/describe_experiment/{experiment}.benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    threads: lambda wildcards: of_experiment(wildcards)["training"]["threads"]
    resources:
        gpu=gpus_asked,
        mem_mb=memory_of("describe_experiment"),
        runtime=minutes_of("describe_experiment"),
        disk_mb=disk_of("describe_experiment"),
    params:
        code=network_code("describe_experiment.py"),
        experiment=of_experiment,
        classes=class_names,
        methods=METHODS,
        bootstrap=BASELINES["bootstrap"],
        seed=BASELINES["seed"],
    script:
        "../scripts/describe_experiment.py"


rule compare_experiments:
    """Put experiments side by side: what each came to once another easy way was closed."""
    input:
        described=expand("results/{{study}}/predict/{experiment}/described.tsv", experiment=BASELINES["side_by_side"]),
    output:
        scores="results/{study}/predict/experiments.tsv",
        methods="results/{study}/predict/experiments_methods.tsv",
    log:
        "logs/{study}/compare_experiments.log",
    benchmark:
        "logs/{study}/compare_experiments.benchmark.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=memory_of("compare_experiments"),
        runtime=minutes_of("compare_experiments"),
        disk_mb=disk_of("compare_experiments"),
    params:
        code=code_of("compare_experiments.py"),
        experiments=BASELINES["side_by_side"],
    script:
        "../scripts/compare_experiments.py"


rule adjust_scores:
    """Score every model once more where a confound cannot help: on matched subjects, and with residuals."""
    input:
        predictions="results/{study}/predict/{experiment}/predictions.tsv",
        scans="results/{study}/cohort/scans.tsv",
        tables=baselines_of("tsv"),
        cards=baselines_of("card.json"),
    output:
        table="results/{study}/predict/{experiment}/adjusted.tsv",
    log:
        "logs/{study}/adjust_scores/{experiment}.log",
    benchmark:
        "logs/{study}/adjust_scores/{experiment}.benchmark.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=memory_of("adjust_scores"),
        runtime=minutes_of("adjust_scores"),
        disk_mb=disk_of("adjust_scores"),
    params:
        code=code_of("adjust_scores.py"),
        baselines=asked_of_baselines("matched", "bootstrap", "seed"),
    script:
        "../scripts/adjust_scores.py"


rule compare_published:
    """Put published figures beside the study's own, with the difference and whether the two can be compared."""
    input:
        tables=expand("results/{{study}}/{table}", table=PUBLISHED_TABLES),
    output:
        table=report(
            "results/{study}/predict/published.tsv",
            caption="captions/published.rst",
            category="Scores",
            labels={"experiment": "all", "table": "beside the published figures"},
        ),
    log:
        "logs/{study}/compare_published.log",
    benchmark:
        "logs/{study}/compare_published.benchmark.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=memory_of("compare_published"),
        runtime=minutes_of("compare_published"),
        disk_mb=disk_of("compare_published"),
    params:
        code=code_of("compare_published.py"),
        figures=SETTINGS["published"],
        places=OWN_PLACES,
        tables=PUBLISHED_TABLES,
    script:
        "../scripts/compare_published.py"
