"""The page people look at."""


rule write_report:
    """Show what ran, on whom, what came out, and whether to believe it, on one page that opens offline."""
    input:
        scans="results/{study}/cohort/scans.tsv",
        ledger="results/{study}/cohort/ledger.tsv",
        folds=expand("results/{{study}}/cohort/label-{label}_folds.tsv", label=LABELS_TOLD),
        balance=expand("results/{{study}}/cohort/label-{label}_balance.tsv", label=LABELS_TOLD),
        template=[TEMPLATE["T1w"], TEMPLATE["mask"]],
        statuses=every_status(),
        quality="results/{study}/quality/qc.tsv",
        histories=of_every_experiment("results/{study}/train/{experiment}/{split}_seed-{seed}.history.tsv"),
        searches=searches_asked(),
        arms=arms_asked(),
        sizes=sizes_probed(),
        scores=of_every_experiment("results/{study}/predict/{experiment}/scores.tsv"),
        models=models_compared(),
        side_by_side=experiments_compared(),
        adjusted=scores_adjusted(),
        cohorts=cohort_files(),
        groups=of_every_experiment("results/{study}/relevance/{experiment}/{method}/groups.tsv"),
        of_groups=groups_asked(),
        randomisation=of_every_experiment("results/{study}/sanity/{experiment}/{method}/randomisation.tsv"),
        faithfulness=of_every_experiment("results/{study}/sanity/{experiment}/{method}/faithfulness.tsv"),
        masked=masked_inputs(),
        shortcuts=shortcuts_asked(),
        localisation=of_every_experiment("results/{study}/sanity/{experiment}/localisation.tsv") if MADE else [],
        inside=[*inside_asked(), *pretraining_compared()],
        verdicts=of_every_experiment("results/{study}/sanity/{experiment}/verdicts.tsv"),
    output:
        index="results/{study}/report/index.html",
    log:
        "logs/{study}/write_report.log",
    benchmark:
        "logs/{study}/write_report.benchmark.tsv"
    conda:
        "../envs/report.yaml"
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        code=code_of("write_report.py"),
        settings=SETTINGS,
    script:
        "../scripts/write_report.py"
