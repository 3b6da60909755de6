"""The scans of a label get their folds, and a table says what those have in common."""

from voxplain.cohort.dealing.columns import asked_of_folds


rule make_folds:
    """Deal the scans of one label into folds, as the settings ask; nobody, and no group, is in two roles of a split."""
    input:
        unpack(scans_of_label),
        lists=given_files(),
    output:
        folds="results/{study}/cohort/label-{label}_folds.tsv",
    log:
        "logs/{study}/make_folds/{label}.log",
    benchmark:
        "logs/{study}/make_folds/{label}.benchmark.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=memory_of("make_folds"),
        runtime=minutes_of("make_folds"),
        disk_mb=disk_of("make_folds"),
    params:
        code=code_of("make_folds.py"),
        planned=lambda wildcards: planned_of_label(wildcards.label),
        folds=lambda wildcards: asked_of_folds(SETTINGS, wildcards.label),
        held_out=lambda wildcards: held_out_of_label(wildcards.label),
        regression=lambda wildcards: is_regression(wildcards.label),
    script:
        "../scripts/make_folds.py"


rule balance_folds:
    """Say for each part of every split how its classes compare in size, site and covariates."""
    input:
        folds="results/{study}/cohort/label-{label}_folds.tsv",
        scans="results/{study}/cohort/scans.tsv",
    output:
        balance="results/{study}/cohort/label-{label}_balance.tsv",
    log:
        "logs/{study}/balance_folds/{label}.log",
    benchmark:
        "logs/{study}/balance_folds/{label}.benchmark.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=memory_of("balance_folds"),
        runtime=minutes_of("balance_folds"),
        disk_mb=disk_of("balance_folds"),
    params:
        code=code_of("balance_folds.py"),
        columns=lambda wildcards: planning.balanced_columns(SETTINGS, wildcards.label),
        regression=lambda wildcards: is_regression(wildcards.label),
    script:
        "../scripts/balance_folds.py"
