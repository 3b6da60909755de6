"""The last lines of a run: where the report is, what was found, and what each stage took.

``python -m voxplain.report.closing results/demo logs/demo``
"""

import sys
from pathlib import Path

import pandas as pd

from voxplain.report.chance import told
from voxplain.report.sentences import measure_name
from voxplain.report.verdicts import summary

STAGES = {
    "cohort": ("make_cohort", "check_cohort"),
    "prepare": (
        *("extract_scan", "convert_scan", "prepare_template", "run_hd_bet", "run_hd_bet_of_cohorts", "run_synthstrip"),
        *("prepare_scan", "tabulate_scans", "tabulate_features", "tabulate_quality", "describe_volumes", "pack_input"),
        *("extract_shard", "convert_shard", "prepare_shard", "pack_shard", "index_shards"),
        *("make_folds", "balance_folds", "tabulate_cohort", "pack_cohort", "deal_cohort"),
    ),
    "train": (
        *("pretrain_encoder", "try_candidate", "choose_candidate", "train_fold", "train_arm", "tabulate_arms"),
        *("predict_experiment", "probe_size", "predict_cohort", "compare_cohort"),
    ),
    "baselines": (
        *("predict_confounds", "fit_voxels", "fit_tabular", "share_tabular", "compare_models"),
        *("adjust_scores", "describe_experiment", "compare_experiments", "compare_published"),
    ),
    "explain": (
        *("explain_split", "explain_cohort", "write_maps", "write_cohort_maps"),
        *("write_native_maps", "write_native_cohort_maps", "explain_mine"),
    ),
    "relevance": (
        *("average_maps", "make_atlas", "rank_regions", "agree_maps", "find_subtypes"),
        *("compare_groups", "measure_stability", "compare_outside"),
    ),
    "sanity": (
        *("randomise_model", "randomise_data", "score_faithfulness", "mask_inputs", "carry_truth", "localise_maps"),
        *("mark_anatomy", "find_shortcuts", "judge_methods"),
    ),
    "insight": (
        *("look_at_weights", "study_first_layer", "maximise_activation"),
        *("extract_features", "choose_examples", "rank_influence", "embed_features", "embed_table"),
        *("fit_surrogates", "score_concepts", "decode_latents", "compare_pretraining"),
    ),
    "report": ("draw_figures", "write_report", "deface_volumes"),
}


def stage_table(logs):
    """What each stage took, from the benchmark files below ``logs``: a row a stage that ran.

    jobs; wall_s, from the start of its first job to the end of its last; job_s, the sum over jobs; peak_mb, the
    largest memory of one job.
    """
    jobs = [_job(path, Path(logs)) for path in sorted(Path(logs).rglob("*.benchmark.tsv"))]
    rows = []
    for stage, rules in STAGES.items():
        ran = [job for job in jobs if job["rule"] in rules]
        if ran:
            wall = max(job["end"] for job in ran) - min(job["end"] - job["seconds"] for job in ran)
            seconds, memory = sum(job["seconds"] for job in ran), max(job["memory"] for job in ran)
            rows.append({"stage": stage, "jobs": len(ran), "wall_s": wall, "job_s": seconds, "peak_mb": memory})
    return pd.DataFrame(rows, columns=["stage", "jobs", "wall_s", "job_s", "peak_mb"])


def findings(results, made):
    """What came of each experiment: its scores, for a made cohort where its maps point, and the verdicts on them."""
    said = []
    for path in sorted(Path(results).glob("predict/*/scores.tsv")):
        name, scores = path.parent.name, pd.read_csv(path, sep="\t")
        main = told(scores)[0]
        row = scores.query("model == 'network' and measure == @main and split == 'all'").iloc[0]
        sentence = (
            f"{name}: held-out {measure_name(main)} {row['value']:.2f} ({row['low']:.2f} to {row['high']:.2f}, "
            f"{row['n']:.0f} {'made ' if made else ''}scans)"
        )
        found = Path(results) / "sanity" / name / "localisation.tsv"
        if found.is_file():
            table = pd.read_csv(found, sep="\t", na_values="undefined")
            aucs = table.query("kind == 'method' and effect == 'region' and measure == 'auc'")
            aucs = aucs.dropna(subset="auc").sort_values("auc")
            if len(aucs):
                best = aucs.iloc[-1]
                sentence += f"; {best['method']}'s group map points best to what was planted (AUC {best['auc']:.2f})"
        said.append(sentence)
        judged = Path(results) / "sanity" / name / "verdicts.tsv"
        if judged.is_file():
            said.append(summary(name, pd.read_csv(judged, sep="\t", keep_default_na=False)))
    return said


def closing_lines(results, logs):
    """All the lines, as one text."""
    index, made = (
        Path(results) / "report" / "index.html",
        (Path("data") / Path(results).name / "manifest.json").is_file(),
    )
    table = stage_table(logs).to_string(index=False, float_format=lambda value: f"{value:.0f}")
    return "\n".join([table, "", *findings(results, made), f"The report is at {index}"]) + "\n"


def _job(path, logs):
    row = pd.read_csv(path, sep="\t", na_values="-").iloc[0]
    rule = path.relative_to(logs).parts[0].removesuffix(".benchmark.tsv")
    memory = row["max_rss"] if pd.notna(row["max_rss"]) else 0.0
    return {"rule": rule, "end": path.stat().st_mtime, "seconds": float(row["s"]), "memory": float(memory)}


if __name__ == "__main__":
    sys.stdout.write(closing_lines(*sys.argv[1:3]))
