"""The map of one scan by one network, both somebody's own: no study is needed."""

from voxplain.attribution.table import method_module
from voxplain.mine.places import suffixes_of


rule explain_mine:
    """Explain one's own scan by one's own network: the map, its picture, and what made it."""
    input:
        volume=own_files("volume"),
        weights=own_files("weights"),
        model=own_files("model"),
        options=own_files("options"),
    output:
        **{
            kind: f"results/mine/{MINE['name']}/{MINE['name']}_map{suffix}"
            for kind, suffix in suffixes_of(MINE["volume"]).items()
        },
    log:
        f"logs/mine/explain_mine/{MINE['name']}.log",
    benchmark:
        f"logs/mine/explain_mine/{MINE['name']}.benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    threads: MINE["threads"]
    resources:
        gpu=1 if MINE["device"] == "gpu" else 0,
        mem_mb=memory_of("explain_mine"),
        runtime=minutes_of("explain_mine"),
        disk_mb=disk_of("explain_mine"),
    params:
        code=code_of("explain_mine.py", method_module(MINE["method"])),
        asked=MINE,
    script:
        "../scripts/explain_mine.py"
