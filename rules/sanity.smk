"""Do the maps find what was planted, what may a network go by, and what all checks together say of each method?"""


rule find_shortcuts:
    """Look for what a network may go by that is no sign of its label: the outside, the brain's border, size or site."""
    input:
        store=packed,
        folds=folds_of,
        scans="results/{study}/cohort/scans.tsv",
        predictions="results/{study}/predict/{experiment}/predictions.tsv",
        weights=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.pt"),
        cards=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.card.json"),
        maps=maps_of_every_method(),
        atlases=atlases_of(SETTINGS["methods"]),
    output:
        shortcuts="results/{study}/sanity/{experiment}/shortcuts.tsv",
    log:
        "logs/{study}/find_shortcuts/{experiment}.log",
    benchmark:
        "logs/{study}/find_shortcuts/{experiment}.benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    threads: lambda wildcards: of_experiment(wildcards)["training"]["threads"]
    resources:
        gpu=gpus_asked,
        mem_mb=memory_of("find_shortcuts"),
        runtime=minutes_of("find_shortcuts"),
        disk_mb=disk_of("find_shortcuts"),
    params:
        code=lambda wildcards: lineage.code_of(
            "find_shortcuts.py",
            network_module(of_experiment(wildcards)["network"]["name"]),
            *sorted({method_module(one["method"]) for one in SETTINGS["methods"]}),
        ),
        experiment=of_experiment,
        methods=SETTINGS["methods"],
        atlases=atlases_named(SETTINGS["methods"]),
        columns=lambda wildcards: planning.balanced_columns(SETTINGS, label_of(wildcards.experiment)),
        sanity=sanity_of([], ("shortcuts", "bootstrap", "seed")),
    script:
        "../scripts/find_shortcuts.py"


if MADE:

    rule carry_truth:
        """Carry what was planted to the template's space, by each subject's own transforms."""
        input:
            scans="results/{study}/cohort/scans.tsv",
            truth=per_scan("data/{study}/truth/{scan}_effect-{effect}.nii.gz"),
            statuses=lambda wildcards: statuses(wildcards.input),
            image=TEMPLATE["T1w"],
        output:
            truth="results/{study}/sanity/truth/{input}_effect-{effect}.nii.gz",
        log:
            "logs/{study}/carry_truth/{input}_effect-{effect}.log",
        benchmark:
            "logs/{study}/carry_truth/{input}_effect-{effect}.benchmark.tsv"
        wildcard_constraints:
            effect="region|scale|outside",
        conda:
            "../envs/volumes.yaml"
        resources:
            mem_mb=memory_of("carry_truth"),
            runtime=minutes_of("carry_truth"),
            disk_mb=disk_of("carry_truth"),
        params:
            code=code_of("carry_truth.py"),
            label=label_planted(),
        script:
            "../scripts/carry_truth.py"


if EXPECTED:

    rule mark_anatomy:
        """Mark where the literature expects a difference: some regions of an atlas, on the template's grid."""
        input:
            atlas=lambda wildcards: atlas_file("nii.gz", EXPECTED[wildcards.anatomy]["atlas"]),
            table=lambda wildcards: atlas_file("tsv", EXPECTED[wildcards.anatomy]["atlas"]),
        output:
            marked="results/{study}/sanity/expected/{anatomy}.nii.gz",
        log:
            "logs/{study}/mark_anatomy/{anatomy}.log",
        benchmark:
            "logs/{study}/mark_anatomy/{anatomy}.benchmark.tsv"
        conda:
            "../envs/statistics.yaml"
        resources:
            mem_mb=memory_of("mark_anatomy"),
            runtime=minutes_of("mark_anatomy"),
            disk_mb=disk_of("mark_anatomy"),
        params:
            code=code_of("mark_anatomy.py"),
            expected=lambda wildcards: EXPECTED[wildcards.anatomy],
        script:
            "../scripts/mark_anatomy.py"


if LOCALISED:

    rule localise_maps:
        """Score each method's maps against what was planted or is expected, beside maps that need no network."""
        input:
            store=packed,
            folds=folds_of,
            scans=covariate_table,
            truths=images_of_places,
            mask=TEMPLATE["mask"],
            weights=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.pt"),
            cards=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.card.json"),
            maps=maps_of_every_method(),
            atlases=atlases_of(SETTINGS["methods"]),
        output:
            scores=report(
                "results/{study}/sanity/{experiment}/localisation.tsv",
                caption="captions/localisation.rst",
                category="Checks",
                labels={"experiment": "{experiment}", "table": "localisation"},
            ),
            subjects="results/{study}/sanity/{experiment}/localisation_by_subject.tsv",
        log:
            "logs/{study}/localise_maps/{experiment}.log",
        benchmark:
            "logs/{study}/localise_maps/{experiment}.benchmark.tsv"
        conda:
            "../envs/torch.yaml"
        threads: lambda wildcards: of_experiment(wildcards)["training"]["threads"]
        resources:
            mem_mb=memory_of("localise_maps"),
            runtime=minutes_of("localise_maps"),
            disk_mb=disk_of("localise_maps"),
        params:
            code=lambda wildcards: lineage.code_of(
                "localise_maps.py",
                network_module(of_experiment(wildcards)["network"]["name"]),
                *sorted({method_module(one["method"]) for one in SETTINGS["methods"]}),
            ),
            experiment=of_experiment,
            methods=SETTINGS["methods"],
            atlases=atlases_named(SETTINGS["methods"]),
            effects=places_of,
            sanity=sanity_of(METHODS, ("untrained_per_split", "bootstrap", "localisation", "seed")),
        script:
            "../scripts/localise_maps.py"


rule judge_methods:
    """Judge every method of an experiment by its checks: what contradicts it, and what was not tested."""
    input:
        randomised=checks_of_methods("randomisation"),
        permuted=checks_of_methods("data_randomisation", METHODS if ARMS else []),
        faithfulness=checks_of_methods("faithfulness"),
        masked=checks_of_methods("masked_input", masking_methods(SETTINGS)),
        localised="results/{study}/sanity/{experiment}/localisation.tsv" if MADE else [],
    output:
        criteria="results/{study}/sanity/{experiment}/criteria.tsv",
        verdicts=report(
            "results/{study}/sanity/{experiment}/verdicts.tsv",
            caption="captions/verdicts.rst",
            category="Checks",
            labels={"experiment": "{experiment}", "table": "verdicts"},
        ),
    log:
        "logs/{study}/judge_methods/{experiment}.log",
    benchmark:
        "logs/{study}/judge_methods/{experiment}.benchmark.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=memory_of("judge_methods"),
        runtime=minutes_of("judge_methods"),
        disk_mb=disk_of("judge_methods"),
    params:
        code=code_of("judge_methods.py"),
        methods=METHODS,
        sanity=sanity_of([], ("verdict", "bootstrap", "seed")),
    script:
        "../scripts/judge_methods.py"
