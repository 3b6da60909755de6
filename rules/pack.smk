"""Volumes become one packed store for each input."""


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
        mem_mb=2000,
        runtime=240,
    params:
        code=code_of("pack_input.py"),
        space=SPACE,
        settings=lambda wildcards: {key: SETTINGS["inputs"][wildcards.input][key] for key in ("recipe", "channels")},
    script:
        "../scripts/pack_input.py"
