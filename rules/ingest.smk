"""Archives become T1w volumes, one table of scans, and one ledger of what was left out and why."""

if MADE:
    from voxplain.demo.names import archive_names

    rule make_cohort:
        """Make heads with planted effects, in archives as HCP ships them, and keep the truth beside them."""
        output:
            manifest="data/{study}/manifest.json",
            table="data/{study}/behavioural.csv",
            archives=[f"data/{{study}}/archives/{name}" for name in archive_names(COHORT["made"]).values()],
            truth=[
                f"data/{{study}}/truth/{scan}_effect-{effect}.nii.gz"
                for scan in sorted(SCANS)
                for effect in COHORT["made"]["twins"]
            ],
            jacobian=[
                f"data/{{study}}/truth/{scan}_jacobian-region.nii.gz"
                for scan in sorted(SCANS)
                if "region" in COHORT["made"]["twins"]
            ],
        log:
            "logs/{study}/make_cohort.log",
        benchmark:
            "logs/{study}/make_cohort.benchmark.tsv"
        conda:
            "../envs/volumes.yaml"
        threads: 16
        resources:
            mem_mb=3000,
            runtime=30,
        params:
            code=code_of("make_cohort.py"),
            made=COHORT["made"],
        script:
            "../scripts/make_cohort.py"


rule extract_scan:
    """Read the wanted members of one archive, and nothing else of it."""
    input:
        archives=archives_of,
    output:
        status="results/{study}/volumes/{folder}/anat/{scan}_desc-source_status.json",
    log:
        "logs/{study}/extract_scan/{folder}/{scan}.log",
    benchmark:
        "logs/{study}/extract_scan/{folder}/{scan}.benchmark.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=500,
        runtime=30,
    params:
        code=code_of("extract_scan.py"),
        scan=lambda wildcards: SCANS[wildcards.scan].fields(),
        members=COHORT["members"],
        archives=lambda wildcards: archive_state(wildcards.scan),
    script:
        "../scripts/extract_scan.py"


rule tabulate_scans:
    """List the scans of the study with their class and measures, and every scan left out with the reason."""
    input:
        table=TABLE,
        statuses=every_status(),
    output:
        scans="results/{study}/cohort/scans.tsv",
        ledger="results/{study}/cohort/ledger.tsv",
    log:
        "logs/{study}/tabulate_scans.log",
    benchmark:
        "logs/{study}/tabulate_scans.benchmark.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        code=code_of("tabulate_scans.py"),
        scans=[scan.fields() for scan in SCANS.values()],
        cohort={key: value for key, value in COHORT.items() if key != "made"},
    script:
        "../scripts/tabulate_scans.py"
