"""Cohorts that all networks judge and that none learns from: no rule above this file takes anything of theirs."""

if OF_COHORTS and stripped_by("hd-bet"):

    use rule run_hd_bet as run_hd_bet_of_cohorts with:
        input:
            sources=per_scan("results/{study}/volumes/{folder}/anat/{scan}_desc-source_status.json", OF_COHORTS),
        output:
            statuses=per_scan("results/{study}/strip/hdbet/{scan}_status.json", OF_COHORTS),
        log:
            "logs/{study}/run_hd_bet_of_cohorts.log",
        benchmark:
            "logs/{study}/run_hd_bet_of_cohorts.benchmark.tsv"


rule tabulate_cohort:
    """List the scans of a test cohort with their classes and measures, and every scan of it left out with the reason."""
    input:
        table=lambda wildcards: no_pattern(planning.table_path(COHORTS[wildcards.cohort].settings)),
        lists=lambda wildcards: [
            no_pattern(path) for path in planning.further_files(COHORTS[wildcards.cohort].settings)
        ],
        statuses=cohort_statuses,
    output:
        scans="results/{study}/cohort/cohort-{cohort}_scans.tsv",
        ledger="results/{study}/cohort/cohort-{cohort}_ledger.tsv",
    log:
        "logs/{study}/tabulate_cohort/{cohort}.log",
    benchmark:
        "logs/{study}/tabulate_cohort/{cohort}.benchmark.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=memory_of("tabulate_cohort"),
        runtime=minutes_of("tabulate_cohort"),
        disk_mb=disk_of("tabulate_cohort"),
    params:
        code=code_of("tabulate_cohort.py"),
        images=lambda wildcards: [image.fields() for image in COHORTS[wildcards.cohort].images],
        settings=lambda wildcards: planning.settings_of_tables(COHORTS[wildcards.cohort].settings),
    script:
        "../scripts/tabulate_cohort.py"


use rule pack_input as pack_cohort with:
    input:
        statuses=lambda wildcards: per_scan(
            f"results/{{study}}/volumes/{{folder}}/anat/{{scan}}_desc-{wildcards.input}_status.json",
            COHORTS[wildcards.cohort].used,
        ),
        image=TEMPLATE["T1w"],
    output:
        store="results/{study}/packed/{input}_cohort-{cohort}.h5",
    log:
        "logs/{study}/pack_cohort/{input}_{cohort}.log",
    benchmark:
        "logs/{study}/pack_cohort/{input}_{cohort}.benchmark.tsv"


rule deal_cohort:
    """Say which networks may judge which scans of a test cohort: none that trained on the patient, or stopped by it."""
    input:
        folds="results/{study}/cohort/label-{label}_folds.tsv",
        statuses=cohort_statuses,
    output:
        folds="results/{study}/cohort/label-{label}_cohort-{cohort}_folds.tsv",
    log:
        "logs/{study}/deal_cohort/{label}_{cohort}.log",
    benchmark:
        "logs/{study}/deal_cohort/{label}_{cohort}.benchmark.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=memory_of("deal_cohort"),
        runtime=minutes_of("deal_cohort"),
        disk_mb=disk_of("deal_cohort"),
    params:
        code=code_of("deal_cohort.py"),
        planned=cohort_rows,
        known=known_of_study,
        columns=shared_columns,
        unknown=unknown_columns,
    script:
        "../scripts/deal_cohort.py"


rule predict_cohort:
    """Predict a test cohort by all networks that never saw its people, and by their mean; nothing is fitted on it."""
    input:
        store=cohort_store,
        own="results/{study}/cohort/scans.tsv",
        scans="results/{study}/cohort/cohort-{cohort}_scans.tsv",
        folds=cohort_folds,
        weights=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.pt"),
        cards=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.card.json"),
    output:
        predictions="results/{study}/predict/{experiment}/cohort-{cohort}_predictions.tsv",
        mean="results/{study}/predict/{experiment}/cohort-{cohort}_mean.tsv",
        scores="results/{study}/predict/{experiment}/cohort-{cohort}_scores.tsv",
        curves="results/{study}/predict/{experiment}/cohort-{cohort}_curves.tsv",
    log:
        "logs/{study}/predict_cohort/{experiment}_{cohort}.log",
    benchmark:
        "logs/{study}/predict_cohort/{experiment}_{cohort}.benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    threads: lambda wildcards: of_experiment(wildcards)["training"]["threads"]
    resources:
        gpu=gpus_asked,
        mem_mb=memory_of("predict_cohort"),
        runtime=minutes_of("predict_cohort"),
        disk_mb=disk_of("predict_cohort"),
    params:
        code=network_code("predict_cohort.py"),
        experiment=of_experiment,
        classes=class_names,
        sanity=sanity_of([]),
    script:
        "../scripts/predict_cohort.py"


rule compare_cohort:
    """Say in what a test cohort differs from the study: intensities, sizes, fit to the template, covariates, labels."""
    input:
        own_store=packed,
        store=cohort_store,
        own="results/{study}/cohort/scans.tsv",
        scans="results/{study}/cohort/cohort-{cohort}_scans.tsv",
        own_folds=folds_of,
        folds=cohort_folds,
    output:
        shift="results/{study}/predict/{experiment}/cohort-{cohort}_shift.tsv",
        values="results/{study}/predict/{experiment}/cohort-{cohort}_shift_values.tsv",
    log:
        "logs/{study}/compare_cohort/{experiment}_{cohort}.log",
    benchmark:
        "logs/{study}/compare_cohort/{experiment}_{cohort}.benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=memory_of("compare_cohort"),
        runtime=minutes_of("compare_cohort"),
        disk_mb=disk_of("compare_cohort"),
    params:
        code=code_of("compare_cohort.py"),
        columns=lambda wildcards: planning.balanced_columns(SETTINGS, label_of(wildcards.experiment)),
        input_name=lambda wildcards: SETTINGS["experiments"][wildcards.experiment]["input"],
        classes=class_names,
    script:
        "../scripts/compare_cohort.py"


use rule explain_split as explain_cohort with:
    input:
        store=cohort_store,
        folds=cohort_folds,
        own_store=packed,
        own_folds=folds_of,
        scans=cohort_covariates,
        weights="results/{study}/train/{experiment}/{split}_seed-{seed}.pt",
        card="results/{study}/train/{experiment}/{split}_seed-{seed}.card.json",
        atlases=lambda wildcards: atlases_of([of_method(wildcards)]),
    output:
        maps="results/{study}/explain/{experiment}/{method}/cohort-{cohort}_{split}_seed-{seed}.h5",
    log:
        "logs/{study}/explain_cohort/{experiment}/{method}_{cohort}_{split}_seed-{seed}.log",
    benchmark:
        "logs/{study}/explain_cohort/{experiment}/{method}_{cohort}_{split}_seed-{seed}.benchmark.tsv"


use rule write_maps as write_cohort_maps with:
    input:
        maps="results/{study}/explain/{experiment}/{method}/cohort-{cohort}_{split}_seed-{seed}.h5",
    output:
        done="results/{study}/explain/{experiment}/{method}/maps/cohort-{cohort}_split-{split}_seed-{seed}.tsv",
    log:
        "logs/{study}/write_cohort_maps/{experiment}/{method}_{cohort}_{split}_seed-{seed}.log",
    benchmark:
        "logs/{study}/write_cohort_maps/{experiment}/{method}_{cohort}_{split}_seed-{seed}.benchmark.tsv"


use rule write_native_maps as write_native_cohort_maps with:
    input:
        maps="results/{study}/explain/{experiment}/{method}/cohort-{cohort}_{split}_seed-{seed}.h5",
        statuses=cohort_statuses_of_experiment,
    output:
        done="results/{study}/explain/{experiment}/{method}/maps/cohort-{cohort}_split-{split}_seed-{seed}_space-T1w.tsv",
    log:
        "logs/{study}/write_native_cohort_maps/{experiment}/{method}_{cohort}_{split}_seed-{seed}.log",
    benchmark:
        "logs/{study}/write_native_cohort_maps/{experiment}/{method}_{cohort}_{split}_seed-{seed}.benchmark.tsv"
    params:
        code=code_of("write_native_maps.py"),
        forms=lambda wildcards: {scan: section_of(scan)["form"] for scan in sorted(COHORTS[wildcards.cohort].used)},
