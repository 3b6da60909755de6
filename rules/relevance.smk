"""Heatmaps become group maps."""


rule average_maps:
    """Average one method's heatmaps over groups of subjects, each subject counted once."""
    input:
        maps=every_split("results/{study}/explain/{experiment}/{method}/{split}_seed-{seed}.h5"),
    output:
        groups="results/{study}/relevance/{experiment}/{method}/groups.tsv",
        means=[
            f"results/{{study}}/relevance/{{experiment}}/{{method}}/group-{group}_mean.nii.gz"
            for group in SETTINGS["relevance"]["groups"]
        ],
    log:
        "logs/{study}/average_maps/{experiment}_{method}.log",
    benchmark:
        "logs/{study}/average_maps/{experiment}_{method}.benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=4000,
        runtime=240,
    params:
        code=code_of("average_maps.py"),
        groups=SETTINGS["relevance"]["groups"],
    script:
        "../scripts/average_maps.py"
