"""Volumes become one packed store for each input, and the scans get their folds."""


rule pack_input:
    """Write every accepted volume of an input, with its mask and checksum, into one file."""
    input:
        statuses=lambda wildcards: statuses(wildcards.input),
        image=TEMPLATE["T1w"],
    output:
        store="results/{study}/packed/{input}.h5",
    log:
        "logs/{study}/pack_input/{input}.log",
    benchmark:
        "logs/{study}/pack_input/{input}.benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=2000,
        runtime=240,
    params:
        code=code_of("pack_input.py"),
        space=SPACE,
        settings=lambda wildcards: {key: SETTINGS["inputs"][wildcards.input][key] for key in ("recipe", "channels")},
    script:
        "../scripts/pack_input.py"


rule make_folds:
    """Deal the subjects of one label into folds, stratified by class; no subject is in two."""
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
        mem_mb=1000,
        runtime=15,
    params:
        code=code_of("make_folds.py"),
        planned=lambda wildcards: planned_of_label(wildcards.label),
        folds=SETTINGS["folds"],
    script:
        "../scripts/make_folds.py"
