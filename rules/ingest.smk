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
            mem_mb=memory_of("make_cohort"),
            runtime=minutes_of("make_cohort"),
            disk_mb=disk_of("make_cohort"),
        params:
            code=code_of("make_cohort.py"),
            made=COHORT["made"],
        script:
            "../scripts/make_cohort.py"


rule extract_scan:
    """Take the wanted files of one scan out of its archive, and nothing else of it."""
    input:
        sources=sources_of,
    output:
        status="results/{study}/volumes/{folder}/anat/{scan}_desc-source_status.json",
    log:
        "logs/{study}/extract_scan/{folder}/{scan}.log",
    benchmark:
        "logs/{study}/extract_scan/{folder}/{scan}.benchmark.tsv"
    wildcard_constraints:
        scan=one_of(name for name, scan in EVERY_SCAN.items() if not scan.dicom),
    conda:
        "../envs/tables.yaml"
    resources:
        disk_reads=1,
        mem_mb=memory_of("extract_scan"),
        runtime=minutes_of("extract_scan"),
        disk_mb=disk_of("extract_scan"),
    params:
        code=code_of("extract_scan.py"),
        places=lambda wildcards: EVERY_SCAN[wildcards.scan].places,
        state=lambda wildcards: state_of(wildcards.scan),
        mask=NEEDS_MASK,
        verify_md5=lambda wildcards: section_of(wildcards.scan)["verify_md5"],
    script:
        "../scripts/extract_scan.py"


rule convert_scan:
    """Make one NIfTI volume of the DICOM slices of one scan, if they are whole; a bad series is named, not fatal."""
    input:
        sources=sources_of,
    output:
        status="results/{study}/volumes/{folder}/anat/{scan}_desc-source_status.json",
    log:
        "logs/{study}/convert_scan/{folder}/{scan}.log",
    benchmark:
        "logs/{study}/convert_scan/{folder}/{scan}.benchmark.tsv"
    wildcard_constraints:
        scan=one_of(name for name, scan in EVERY_SCAN.items() if scan.dicom),
    conda:
        "../envs/dicom.yaml"
    resources:
        disk_reads=1,
        mem_mb=memory_of("convert_scan"),
        runtime=minutes_of("convert_scan"),
        disk_mb=disk_of("convert_scan"),
    params:
        code=code_of("convert_scan.py"),
        container=lambda wildcards: EVERY_SCAN[wildcards.scan].places["T1w"][0][0],
        prefix=lambda wildcards: EVERY_SCAN[wildcards.scan].places["T1w"][0][1],
        timeout=600,
        state=lambda wildcards: state_of(wildcards.scan),
    script:
        "../scripts/convert_scan.py"


rule describe_volumes:
    """Say in the words of BIDS what the folder of the study's volumes is."""
    output:
        description="results/{study}/volumes/dataset_description.json",
    log:
        "logs/{study}/describe_volumes.log",
    benchmark:
        "logs/{study}/describe_volumes.benchmark.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=memory_of("describe_volumes"),
        runtime=minutes_of("describe_volumes"),
        disk_mb=disk_of("describe_volumes"),
    params:
        code=code_of("describe_volumes.py"),
    script:
        "../scripts/describe_volumes.py"


rule check_cohort:
    """Look at every archive without extracting anything, and say what the study would use, what not, and why."""
    input:
        table=table_of_study(),
        lists=lists_of_study(),
    output:
        scans="results/{study}/cohort/check.tsv",
        told="results/{study}/cohort/check.txt",
    log:
        "logs/{study}/check_cohort.log",
    benchmark:
        "logs/{study}/check_cohort.benchmark.tsv"
    conda:
        "../envs/volumes.yaml"
    threads: 8
    resources:
        mem_mb=memory_of("check_cohort"),
        runtime=minutes_of("check_cohort"),
        disk_mb=disk_of("check_cohort"),
    params:
        code=code_of("check_cohort.py"),
        images=[image.fields() for image in IMAGES],
        asked=lambda wildcards: time.time(),  # whoever asks wants to know how things are now
        settings=settings_of_tables(),
        mask=NEEDS_MASK,
        form=COHORT["form"],
    script:
        "../scripts/check_cohort.py"


rule tabulate_scans:
    """List the scans of the study with their classes and measures, and every scan left out with the reason."""
    input:
        table=table_of_study(),
        lists=lists_of_study(),
        ratings=COHORT["ratings"] or [],
        statuses=every_status(),
    output:
        scans="results/{study}/cohort/scans.tsv",
        ledger=report(
            "results/{study}/cohort/ledger.tsv",
            caption="captions/ledger.rst",
            category="Cohort",
            labels={"table": "ledger of scans"},
        ),
    log:
        "logs/{study}/tabulate_scans.log",
    benchmark:
        "logs/{study}/tabulate_scans.benchmark.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=memory_of("tabulate_scans"),
        runtime=minutes_of("tabulate_scans"),
        disk_mb=disk_of("tabulate_scans"),
    params:
        code=code_of("tabulate_scans.py"),
        images=[image.fields() for image in IMAGES],
        settings=settings_of_tables(),
    script:
        "../scripts/tabulate_scans.py"


if COHORT["features"]:

    rule tabulate_features:
        """List the measures of the used scans that a model may learn from, and every column with what it is."""
        input:
            scans="results/{study}/cohort/scans.tsv",
            table=no_pattern(COHORT["features"]["path"]),
        output:
            features="results/{study}/cohort/features.tsv",
            columns="results/{study}/cohort/features_columns.tsv",
        log:
            "logs/{study}/tabulate_features.log",
        benchmark:
            "logs/{study}/tabulate_features.benchmark.tsv"
        conda:
            "../envs/tables.yaml"
        resources:
            mem_mb=memory_of("tabulate_features"),
            runtime=minutes_of("tabulate_features"),
            disk_mb=disk_of("tabulate_features"),
        params:
            code=code_of("tabulate_features.py"),
            features=COHORT["features"],
            labels=lambda wildcards: [one["column"] for one in COHORT["labels"].values()],
        script:
            "../scripts/tabulate_features.py"
