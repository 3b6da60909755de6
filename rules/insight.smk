"""What do the networks look like inside: their weights, and what answers to them?"""


rule look_at_weights:
    """Keep the kernels of every network as they are, and say of each filter how large it is and if it ever speaks."""
    input:
        store=packed,
        folds=folds_of,
        scans=covariate_table,
        weights=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.pt"),
        cards=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.card.json"),
    output:
        kernels="results/{study}/insight/{experiment}/weights.npz",
        filters="results/{study}/insight/{experiment}/filters.tsv",
    log:
        "logs/{study}/look_at_weights/{experiment}.log",
    benchmark:
        "logs/{study}/look_at_weights/{experiment}.benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    threads: lambda wildcards: of_experiment(wildcards)["training"]["threads"]
    resources:
        gpu=gpus_asked,
        mem_mb=8000,
        runtime=240,
    params:
        code=network_code("look_at_weights.py"),
        experiment=of_experiment,
        asked=looking_inside("weights"),
    script:
        "../scripts/look_at_weights.py"
