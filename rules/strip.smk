"""Brain masks by tools that the user installs: each in an environment of its own, with weights that are never fetched."""

if stripped_by("hd-bet"):

    rule run_hd_bet:
        """Find the brains of all scans of a study in one run of HD-BET; a scan without a mask is named, not fatal."""
        input:
            sources=per_scan("results/{study}/volumes/{folder}/anat/{scan}_desc-source_status.json"),
        output:
            statuses=per_scan("results/{study}/strip/hdbet/{scan}_status.json"),
        log:
            "logs/{study}/run_hd_bet.log",
        benchmark:
            "logs/{study}/run_hd_bet.benchmark.tsv"
        conda:
            "../envs/hd_bet.yaml"
        threads: 4
        resources:
            gpu=gpus_asked,
            mem_mb=memory_of("run_hd_bet"),
            runtime=lambda wildcards, input: stripped_by("hd-bet")[0]["timeout"] * len(input.sources) // 60 + 15,
            disk_mb=disk_of("run_hd_bet"),
        params:
            code=code_of("run_hd_bet.py"),
            weights=stripped_by("hd-bet")[0]["strip_weights"],
            timeout=stripped_by("hd-bet")[0]["timeout"],
            device=SETTINGS["device"],
            form=COHORT["form"],
        script:
            "../scripts/run_hd_bet.py"


if stripped_by("synthstrip"):

    rule run_synthstrip:
        """Find the brain of one scan by SynthStrip; a scan without a mask is named, not fatal."""
        input:
            source=lambda wildcards: f"results/{wildcards.study}/volumes/{wildcards.scan.replace('_', '/')}/anat/"
            f"{wildcards.scan}_desc-source_status.json",
        output:
            status="results/{study}/strip/synthstrip/{scan}_status.json",
        log:
            "logs/{study}/run_synthstrip/{scan}.log",
        benchmark:
            "logs/{study}/run_synthstrip/{scan}.benchmark.tsv"
        conda:
            "../envs/synthstrip.yaml"
        threads: 2
        resources:
            gpu=gpus_asked,
            mem_mb=memory_of("run_synthstrip"),
            runtime=stripped_by("synthstrip")[0]["timeout"] // 60 + 15,
            disk_mb=disk_of("run_synthstrip"),
        params:
            code=code_of("run_synthstrip.py"),
            weights=stripped_by("synthstrip")[0]["strip_weights"],
            timeout=stripped_by("synthstrip")[0]["timeout"],
            device=SETTINGS["device"],
            form=lambda wildcards: section_of(wildcards.scan)["form"],
        script:
            "../scripts/run_synthstrip.py"
