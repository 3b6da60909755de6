"""What belongs to a test cohort: the functions that say so to the rules."""


def cohort_statuses(wildcards):
    """What became of every scan of a test cohort in every input."""
    pattern = "results/{{study}}/volumes/{{folder}}/anat/{{scan}}_desc-{name}_status.json"
    used = COHORTS[wildcards.cohort].used
    return [path for name in SETTINGS["inputs"] for path in per_scan(pattern.format(name=name), used)]


def cohort_statuses_of_experiment(wildcards):
    """What became of every scan of a test cohort in an experiment's input."""
    name = SETTINGS["experiments"][wildcards.experiment]["input"]
    pattern = f"results/{{study}}/volumes/{{folder}}/anat/{{scan}}_desc-{name}_status.json"
    return per_scan(pattern, COHORTS[wildcards.cohort].used)


def cohort_rows(wildcards):
    """The scans of a test cohort that have a class in a label, with the cells that groups share."""
    cohort = COHORTS[wildcards.cohort]
    return planning.planned_rows(cohort.settings, cohort.used.values(), wildcards.label)


def shared_columns(wildcards):
    """What the columns are called by which groups go in the study and in a test cohort."""
    return [f"by_{column}" for column in COHORTS[wildcards.cohort].settings["folds"]["group_by"]]


def unknown_columns(wildcards):
    """Columns by which groups of the study go and that the table of a test cohort lacks."""
    shared = COHORTS[wildcards.cohort].settings["folds"]["group_by"]
    return [column for column in asked_of_folds(SETTINGS)["group_by"] if column not in shared]


def known_of_study(wildcards):
    """Subjects of the study with the cells that groups share; none of a made cohort, which has no table yet."""
    columns = ["subject", *shared_columns(wildcards)]
    return [{column: row[column] for column in columns} for row in planned_of_label(wildcards.label) or ()]


def cohort_folds(wildcards):
    """Which networks of an experiment may judge which scans of a test cohort."""
    return (
        f"results/{wildcards.study}/cohort/label-{label_of(wildcards.experiment)}_cohort-{wildcards.cohort}_folds.tsv"
    )


def cohort_store(wildcards):
    """The packed store of a test cohort in an experiment's input."""
    name = SETTINGS["experiments"][wildcards.experiment]["input"]
    return f"results/{wildcards.study}/packed/{name}_cohort-{wildcards.cohort}.h5"


def cohort_covariates(wildcards):
    """The table of a test cohort's scans, for an experiment whose network is told covariates; none for another."""
    path = f"results/{wildcards.study}/cohort/cohort-{wildcards.cohort}_scans.tsv"
    return path if SETTINGS["experiments"][wildcards.experiment].get("covariates") else []


def cohort_maps():
    """Heatmaps of the scans of test cohorts by every method, and one file for each where `report.maps` asks for it."""
    explain = f"results/{STUDY}/explain/{{experiment}}/{{method}}"
    patterns = [f"{explain}/cohort-{{cohort}}_{{split}}_seed-{{seed}}.h5"]
    for space in spaces_of_maps(SETTINGS["report"]["maps"]):
        patterns.append(f"{explain}/maps/cohort-{{cohort}}_split-{{split}}_seed-{{seed}}{MAPS_IN[space]}.tsv")
    return [
        path
        for name, cohort in COHORTS.items()
        for experiment, one in SETTINGS["experiments"].items()
        if any(one["labels"] in scan.labels for scan in cohort.used.values())
        for path in expand(
            patterns,
            experiment=experiment,
            method=METHODS,
            cohort=name,
            split=splits_of(one["labels"]),
            seed=SEEDS,
        )
    ]


def cohort_files():
    """All that is told of test cohorts, for every experiment whose label a scan of the cohort has a class in."""
    return [
        f"results/{STUDY}/predict/{experiment}/cohort-{name}_{what}.tsv"
        for experiment, one in SETTINGS["experiments"].items()
        for name, cohort in COHORTS.items()
        if any(one["labels"] in scan.labels for scan in cohort.used.values())
        for what in ("scores", "shift")
    ]
