"""What all checks together say of each method."""


rule judge_methods:
    """Judge every method of an experiment by its checks: what contradicts it, and what was not tested."""
    input:
        randomised=checks_of_methods("randomisation"),
        permuted=checks_of_methods("data_randomisation", METHODS if ARMS else []),
        faithfulness=checks_of_methods("faithfulness"),
        masked=checks_of_methods("masked_input", masking_methods(SETTINGS)),
        localised="results/{study}/sanity/{experiment}/localisation.tsv" if MADE else [],
    output:
        criteria="results/{study}/sanity/{experiment}/criteria.tsv",
        verdicts=report(
            "results/{study}/sanity/{experiment}/verdicts.tsv",
            caption="captions/verdicts.rst",
            category="Checks",
            labels={"experiment": "{experiment}", "table": "verdicts"},
        ),
    log:
        "logs/{study}/judge_methods/{experiment}.log",
    benchmark:
        "logs/{study}/judge_methods/{experiment}.benchmark.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        code=code_of("judge_methods.py"),
        methods=METHODS,
        sanity=sanity_of([], ("verdict", "bootstrap", "seed")),
    script:
        "../scripts/judge_methods.py"
