"""Relevance maps of brain MRI classifiers, from the scanner archive to the group average."""

from snakemake.utils import min_version

min_version("9.0")


include: "rules/common.smk"
include: "rules/experiments.smk"
include: "rules/on_request.smk"
include: "rules/group_files.smk"
include: "rules/baseline_files.smk"
include: "rules/insight_files.smk"
include: "rules/other_cohorts.smk"
include: "rules/ingest.smk"
include: "rules/strip.smk"
include: "rules/prepare.smk"
include: "rules/shards.smk"
include: "rules/folds.smk"
include: "rules/pretrain.smk"
include: "rules/search.smk"
include: "rules/train.smk"
include: "rules/arms.smk"
include: "rules/baselines.smk"
include: "rules/explain.smk"
include: "rules/relevance.smk"
include: "rules/randomise.smk"
include: "rules/faithfulness.smk"
include: "rules/sanity.smk"
include: "rules/insight.smk"
include: "rules/concepts.smk"
include: "rules/side_by_side.smk"
include: "rules/cohorts.smk"
include: "rules/report.smk"
include: "rules/mine.smk"


rule all:
    """Everything up to the report, and each scan's map where `report.maps` asks for it; or that of one's own scan."""
    default_target: True
    input:
        rules.explain_mine.output if MINE["model"] else study_asked(),


rule check:
    """Say what the study would use, what not, and why, without extracting anything."""
    input:
        f"results/{STUDY}/cohort/check.txt",
    log:
        f"logs/{STUDY}/check.log",
    conda:
        "envs/tables.yaml"
    shell:
        "cat {input:q} 2> {log:q}"


localrules:
    all,
    check,
