"""Models of measures and covariates, beside the networks that see the volumes."""

if TABULAR:

    rule fit_tabular:
        """Fit a model of measures and covariates anew for each split, and predict the scans that it holds out."""
        input:
            scans="results/{study}/cohort/scans.tsv",
            folds=folds_of,
            measures=features_asked(),
        output:
            predictions=baseline_file("tsv"),
            card=baseline_file("card.json"),
            scores="results/{study}/predict/{experiment}/tabular/{baseline}_scores.tsv",
            grid="results/{study}/predict/{experiment}/tabular/{baseline}_grid.tsv",
            importances="results/{study}/predict/{experiment}/tabular/{baseline}_importances.tsv",
            features="results/{study}/predict/{experiment}/tabular/{baseline}_features.tsv",
            correlations="results/{study}/predict/{experiment}/tabular/{baseline}_correlations.tsv",
        log:
            "logs/{study}/fit_tabular/{experiment}_{baseline}.log",
        benchmark:
            "logs/{study}/fit_tabular/{experiment}_{baseline}.benchmark.tsv"
        wildcard_constraints:
            baseline="|".join(TABULAR),
        conda:
            "../envs/tabular.yaml"
        resources:
            mem_mb=4000,
            runtime=720,
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
