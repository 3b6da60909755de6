"""What people look at: figures for papers, the pages, and what `snakemake --report` says of the study."""


report: "captions/study.rst"


rule draw_figures:
    """Draw an experiment's figures for papers: SVG, PNG and a caption each, and the table that lists them."""
    input:
        template=[TEMPLATE["T1w"], TEMPLATE["mask"]],
        predicted=expand(
            "results/{{study}}/predict/{{experiment}}/{table}.tsv", table=["scores", "curves", "predictions"]
        ),
        groups=expand("results/{{study}}/relevance/{{experiment}}/{method}/groups.tsv", method=METHODS),
        maps=expand(
            "results/{{study}}/relevance/{{experiment}}/{method}/group-{group}_mean.nii.gz",
            method=METHODS,
            group=SETTINGS["report"]["figures"]["groups"],
        ),
        regions=expand(
            "results/{{study}}/relevance/{{experiment}}/{method}/atlas-{atlas}_regions.tsv",
            method=METHODS,
            atlas=ATLASES,
        ),
        localisation="results/{study}/sanity/{experiment}/localisation.tsv" if MADE else [],
        criteria="results/{study}/sanity/{experiment}/criteria.tsv",
    output:
        figures=report(
            directory("results/{study}/figures/{experiment}"),
            patterns=["{figure}.svg"],
            caption="captions/figures.rst",
            category="Figures",
            subcategory="{experiment}",
            labels={"figure": "{figure}"},
        ),
    log:
        "logs/{study}/draw_figures/{experiment}.log",
    benchmark:
        "logs/{study}/draw_figures/{experiment}.benchmark.tsv"
    conda:
        "../envs/report.yaml"
    resources:
        mem_mb=memory_of("draw_figures"),
        runtime=minutes_of("draw_figures"),
        disk_mb=disk_of("draw_figures"),
    params:
        code=code_of("draw_figures.py"),
        settings=lambda wildcards: figure_settings(SETTINGS, wildcards.experiment),
    script:
        "../scripts/draw_figures.py"


rule write_report:
    """Show what ran, on whom, what came out, and whether to believe it, on pages that open offline."""
    input:
        scans="results/{study}/cohort/scans.tsv",
        ledger="results/{study}/cohort/ledger.tsv",
        folds=expand("results/{{study}}/cohort/label-{label}_folds.tsv", label=LABELS_TOLD),
        balance=expand("results/{{study}}/cohort/label-{label}_balance.tsv", label=LABELS_TOLD),
        template=[TEMPLATE["T1w"], TEMPLATE["mask"]],
        statuses=every_status(),
        quality="results/{study}/quality/qc.tsv",
        ratings=COHORT["ratings"] or [],
        histories=of_every_experiment("results/{study}/train/{experiment}/{split}_seed-{seed}.history.tsv"),
        searches=searches_asked(),
        arms=arms_asked(),
        sizes=sizes_probed(),
        scores=of_every_experiment("results/{study}/predict/{experiment}/scores.tsv"),
        models=models_compared(),
        side_by_side=experiments_compared(),
        published=published_asked(),
        adjusted=scores_adjusted(),
        cohorts=cohort_files(),
        groups=of_every_experiment("results/{study}/relevance/{experiment}/{method}/groups.tsv"),
        of_groups=groups_asked(),
        randomisation=of_every_experiment("results/{study}/sanity/{experiment}/{method}/randomisation.tsv"),
        faithfulness=of_every_experiment("results/{study}/sanity/{experiment}/{method}/faithfulness.tsv"),
        masked=masked_inputs(),
        shortcuts=shortcuts_asked(),
        localisation=of_every_experiment("results/{study}/sanity/{experiment}/localisation.tsv") if LOCALISED else [],
        inside=[*inside_asked(), *pretraining_compared()],
        verdicts=of_every_experiment("results/{study}/sanity/{experiment}/verdicts.tsv"),
        figures=figures_asked(),
    output:
        index="results/{study}/report/index.html",
    log:
        "logs/{study}/write_report.log",
    benchmark:
        "logs/{study}/write_report.benchmark.tsv"
    conda:
        "../envs/report.yaml"
    threads: 4
    resources:
        mem_mb=memory_of("write_report"),
        runtime=minutes_of("write_report"),
        disk_mb=disk_of("write_report"),
    params:
        code=code_of("write_report.py"),
        settings=SETTINGS,
    script:
        "../scripts/write_report.py"


rule deface_volumes:
    """Write an input's volumes once more without faces, to be given away."""
    input:
        statuses=lambda wildcards: statuses(wildcards.input),
    output:
        table="results/{study}/shared/{input}/defaced.tsv",
    log:
        "logs/{study}/deface_volumes/{input}.log",
    benchmark:
        "logs/{study}/deface_volumes/{input}.benchmark.tsv"
    conda:
        "../envs/defacing.yaml"
    resources:
        mem_mb=memory_of("deface_volumes"),
        runtime=minutes_of("deface_volumes"),
        disk_mb=disk_of("deface_volumes"),
    params:
        code=code_of("deface_volumes.py"),
    script:
        "../scripts/deface_volumes.py"
