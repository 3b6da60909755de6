"""What simpler things than a network tell: confounds, kernels on voxels, tables of features; and all models in one table."""

if CONFOUNDS:

    rule predict_confounds:
        """Predict every held-out scan from confounds alone: sizes, age and sex, site, scanner, mask, outside."""
        input:
            store=packed,
            scans="results/{study}/cohort/scans.tsv",
            folds=folds_of,
        output:
            predictions=baseline_files("tsv", CONFOUNDS),
            cards=baseline_files("card.json", CONFOUNDS),
        log:
            "logs/{study}/predict_confounds/{experiment}.log",
        benchmark:
            "logs/{study}/predict_confounds/{experiment}.benchmark.tsv"
        conda:
            "../envs/torch.yaml"
        resources:
            mem_mb=memory_of("predict_confounds"),
            runtime=minutes_of("predict_confounds"),
            disk_mb=disk_of("predict_confounds"),
        params:
            code=code_of("predict_confounds.py"),
            confounds=CONFOUNDS,
            columns=BASELINES["columns"],
            input_name=lambda wildcards: of_experiment(wildcards)["input"],
            label_column=label_column,
            classes=class_names,
        script:
            "../scripts/predict_confounds.py"


if VOXELS:

    rule fit_voxels:
        """Fit kernel methods to the voxels of each split's training scans, and predict the held-out ones."""
        input:
            store=packed,
            scans="results/{study}/cohort/scans.tsv",
            folds=folds_of,
        output:
            predictions=baseline_files("tsv", VOXELS),
            cards=baseline_files("card.json", VOXELS),
        log:
            "logs/{study}/fit_voxels/{experiment}.log",
        benchmark:
            "logs/{study}/fit_voxels/{experiment}.benchmark.tsv"
        conda:
            "../envs/torch.yaml"
        resources:
            mem_mb=memory_of("fit_voxels"),
            runtime=minutes_of("fit_voxels"),
            disk_mb=disk_of("fit_voxels"),
        params:
            code=code_of("fit_voxels.py"),
            voxels=VOXELS,
            kernels=BASELINES["kernels"],
            mask=lambda wildcards: of_experiment(wildcards)["mask"],
            label_column=label_column,
            classes=class_names,
        script:
            "../scripts/fit_voxels.py"


if TABULAR:

    rule fit_tabular:
        """Fit a model of measures and covariates anew for each split, and predict the scans that it holds out."""
        input:
            scans="results/{study}/cohort/scans.tsv",
            folds=folds_of,
            measures=measures_table(),
        output:
            **TABULAR_FILES,
        log:
            "logs/{study}/fit_tabular/{experiment}_{baseline}.log",
        benchmark:
            "logs/{study}/fit_tabular/{experiment}_{baseline}.benchmark.tsv"
        wildcard_constraints:
            baseline="|".join(TABULAR),
            experiment="|".join(FITTED),
        conda:
            "../envs/tabular.yaml"
        resources:
            mem_mb=memory_of("fit_tabular"),
            runtime=minutes_of("fit_tabular"),
            disk_mb=disk_of("fit_tabular"),
        params:
            code=code_of("fit_tabular.py"),
            asked=lambda wildcards: BASELINES["tabular"][wildcards.baseline],
            label_column=label_column,
            covariates=covariates_carried(),
            classes=class_names,
            drawn=asked_of_baselines("bootstrap", "seed"),
            folding={key: SETTINGS["folds"][key] for key in ("seed", "validation")},
        script:
            "../scripts/fit_tabular.py"


if TABULAR and SHARING:

    rule share_tabular:
        """Give an experiment the models of measures and covariates that were fitted for the first one of its label."""
        input:
            **fitted_files(),
        output:
            **TABULAR_FILES,
        log:
            "logs/{study}/share_tabular/{experiment}_{baseline}.log",
        benchmark:
            "logs/{study}/share_tabular/{experiment}_{baseline}.benchmark.tsv"
        wildcard_constraints:
            baseline="|".join(TABULAR),
            experiment="|".join(SHARING),
        conda:
            "../envs/tables.yaml"
        resources:
            mem_mb=memory_of("share_tabular"),
            runtime=minutes_of("share_tabular"),
            disk_mb=disk_of("share_tabular"),
        params:
            code=code_of("share_tabular.py"),
        script:
            "../scripts/share_tabular.py"


rule compare_models:
    """Set the network and every baseline side by side, with paired differences, in one table."""
    input:
        predictions="results/{study}/predict/{experiment}/predictions.tsv",
        tables=baselines_of("tsv"),
        cards=baselines_of("card.json"),
    output:
        models=report(
            "results/{study}/predict/{experiment}/models.tsv",
            caption="captions/models.rst",
            category="Scores",
            labels={"experiment": "{experiment}", "table": "beside baselines"},
        ),
    log:
        "logs/{study}/compare_models/{experiment}.log",
    benchmark:
        "logs/{study}/compare_models/{experiment}.benchmark.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=memory_of("compare_models"),
        runtime=minutes_of("compare_models"),
        disk_mb=disk_of("compare_models"),
    params:
        code=code_of("compare_models.py"),
        baselines=asked_of_baselines("bootstrap", "seed"),
    script:
        "../scripts/compare_models.py"
