"""Heatmaps of every scan, made by the networks that never saw it."""


rule explain_split:
    """Explain the held-out scans of one split by one method."""
    input:
        store=packed,
        folds=folds_of,
        scans=covariate_table,
        weights="results/{study}/train/{experiment}/{split}_seed-{seed}.pt",
        card="results/{study}/train/{experiment}/{split}_seed-{seed}.card.json",
        atlases=lambda wildcards: atlases_of([of_method(wildcards)]),
    output:
        maps="results/{study}/explain/{experiment}/{method}/{split}_seed-{seed}.h5",
    log:
        "logs/{study}/explain_split/{experiment}/{method}_{split}_seed-{seed}.log",
    benchmark:
        "logs/{study}/explain_split/{experiment}/{method}_{split}_seed-{seed}.benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    threads: lambda wildcards: of_experiment(wildcards)["training"]["threads"]
    resources:
        gpu=gpus_asked,
        mem_mb=memory_of("explain_split"),
        runtime=minutes_of("explain_split"),
        disk_mb=disk_of("explain_split"),
    params:
        code=method_code("explain_split.py"),
        experiment=of_experiment,
        method=of_method,
        atlases=lambda wildcards: atlases_named([of_method(wildcards)]),
    script:
        "../scripts/explain_split.py"


rule write_maps:
    """Cut one split's heatmaps into NIfTI files in the space of their input, one for each scan."""
    input:
        maps="results/{study}/explain/{experiment}/{method}/{split}_seed-{seed}.h5",
    output:
        done="results/{study}/explain/{experiment}/{method}/maps/split-{split}_seed-{seed}.tsv",
    log:
        "logs/{study}/write_maps/{experiment}/{method}_{split}_seed-{seed}.log",
    benchmark:
        "logs/{study}/write_maps/{experiment}/{method}_{split}_seed-{seed}.benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=memory_of("write_maps"),
        runtime=minutes_of("write_maps"),
        disk_mb=disk_of("write_maps"),
    params:
        code=code_of("write_maps.py"),
    script:
        "../scripts/write_maps.py"


rule write_native_maps:
    """Carry one split's heatmaps back to each scan's own space, as NIfTI files on the grid of the volume it came as."""
    input:
        maps="results/{study}/explain/{experiment}/{method}/{split}_seed-{seed}.h5",
        statuses=statuses_of_experiment,
    output:
        done="results/{study}/explain/{experiment}/{method}/maps/split-{split}_seed-{seed}_space-T1w.tsv",
    log:
        "logs/{study}/write_native_maps/{experiment}/{method}_{split}_seed-{seed}.log",
    benchmark:
        "logs/{study}/write_native_maps/{experiment}/{method}_{split}_seed-{seed}.benchmark.tsv"
    conda:
        "../envs/volumes.yaml"
    resources:
        mem_mb=memory_of("write_native_maps"),
        runtime=minutes_of("write_native_maps"),
        disk_mb=disk_of("write_native_maps"),
    params:
        code=code_of("write_native_maps.py"),
        forms=lambda wildcards: {scan: section_of(scan)["form"] for scan in sorted(SCANS)},
    script:
        "../scripts/write_native_maps.py"
