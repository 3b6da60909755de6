"""Volumes come into the template's space, by one interpolation, past gates and measures; then into one packed store."""

ATLAS = f"results/{{{{study}}}}/template/{SPACE}_atlas-{{}}_dseg"


rule prepare_template:
    """Bring the template, its brain mask and its atlases to the study's voxel size."""
    output:
        image=TEMPLATE["T1w"],
        mask=TEMPLATE["mask"],
        atlases=[f"{ATLAS.format(one['name'])}.nii.gz" for one in SETTINGS["template"]["atlases"]],
        tables=[f"{ATLAS.format(one['name'])}.tsv" for one in SETTINGS["template"]["atlases"]],
    log:
        "logs/{study}/prepare_template.log",
    benchmark:
        "logs/{study}/prepare_template.benchmark.tsv"
    conda:
        "../envs/volumes.yaml"
    resources:
        mem_mb=memory_of("prepare_template"),
        runtime=minutes_of("prepare_template"),
        disk_mb=disk_of("prepare_template"),
    params:
        code=code_of("prepare_template.py"),
        template=SETTINGS["template"],
    script:
        "../scripts/prepare_template.py"


rule prepare_scan:
    """Register one scan by its brain to the template and carry head and mask along; a bad scan is named, not fatal."""
    input:
        source="results/{study}/volumes/{folder}/anat/{scan}_desc-source_status.json",
        image=TEMPLATE["T1w"],
        mask=TEMPLATE["mask"],
        made_mask=made_mask,
    output:
        status="results/{study}/volumes/{folder}/anat/{scan}_desc-{input}_status.json",
    log:
        "logs/{study}/prepare_scan/{folder}/{scan}_desc-{input}.log",
    benchmark:
        "logs/{study}/prepare_scan/{folder}/{scan}_desc-{input}.benchmark.tsv"
    wildcard_constraints:
        input=one_of(name for name, one in SETTINGS["inputs"].items() if one["engine"] == "ants"),
    conda:
        "../envs/volumes.yaml"
    resources:
        mem_mb=memory_of("prepare_scan"),
        runtime=lambda wildcards: SETTINGS["inputs"][wildcards.input]["timeout"] // 60 + 15,
        disk_mb=disk_of("prepare_scan"),
    params:
        code=lambda wildcards: lineage.code_of("prepare_scan.py", *engine_modules(wildcards)),
        settings=lambda wildcards: SETTINGS["inputs"][wildcards.input],
        form=lambda wildcards: section_of(wildcards.scan)["form"],
        space=SPACE,
        device=lambda wildcards: (
            "cpu" if SETTINGS["inputs"][wildcards.input]["engine"] == "ants" else SETTINGS["device"]
        ),
    script:
        "../scripts/prepare_scan.py"


if any(one["engine"] == "fireants" for one in SETTINGS["inputs"].values()):

    use rule prepare_scan as prepare_scan_by_fireants with:
        wildcard_constraints:
            input=one_of(name for name, one in SETTINGS["inputs"].items() if one["engine"] == "fireants"),
        conda:
            "../envs/fireants.yaml"
        resources:
            gpu=gpus_asked,
            mem_mb=memory_of("prepare_scan_by_fireants"),
            runtime=lambda wildcards: SETTINGS["inputs"][wildcards.input]["timeout"] // 60 + 15,
            disk_mb=disk_of("prepare_scan_by_fireants"),


rule tabulate_quality:
    """List every scan with its measures and how far each lies from the rest of the cohort, the worst first."""
    input:
        statuses=every_status(),
    output:
        table="results/{study}/quality/qc.tsv",
    log:
        "logs/{study}/tabulate_quality.log",
    benchmark:
        "logs/{study}/tabulate_quality.benchmark.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=memory_of("tabulate_quality"),
        runtime=minutes_of("tabulate_quality"),
        disk_mb=disk_of("tabulate_quality"),
    params:
        code=code_of("tabulate_quality.py"),
    script:
        "../scripts/tabulate_quality.py"


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
        mem_mb=memory_of("pack_input"),
        runtime=minutes_of("pack_input"),
        disk_mb=disk_of("pack_input"),
    params:
        code=code_of("pack_input.py"),
        space=SPACE,
        settings=lambda wildcards: {key: SETTINGS["inputs"][wildcards.input][key] for key in ("recipe", "channels")},
    script:
        "../scripts/pack_input.py"
