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
        mem_mb=memory_of("look_at_weights"),
        runtime=minutes_of("look_at_weights"),
        disk_mb=disk_of("look_at_weights"),
    params:
        code=network_code("look_at_weights.py"),
        experiment=of_experiment,
        asked=looking_inside("weights"),
    script:
        "../scripts/look_at_weights.py"


rule maximise_activation:
    """Look for inputs to which a class or a unit of one network answers as strongly as it can."""
    input:
        store=packed,
        folds=folds_of,
        scans=covariate_table,
        weights="results/{study}/train/{experiment}/{split}_seed-{seed}.pt",
        card="results/{study}/train/{experiment}/{split}_seed-{seed}.card.json",
    output:
        draws="results/{study}/insight/{experiment}/ideal_inputs/{split}_seed-{seed}.tsv",
        steps="results/{study}/insight/{experiment}/ideal_inputs/{split}_seed-{seed}_steps.tsv",
    log:
        "logs/{study}/maximise_activation/{experiment}_{split}_seed-{seed}.log",
    benchmark:
        "logs/{study}/maximise_activation/{experiment}_{split}_seed-{seed}.benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    threads: lambda wildcards: of_experiment(wildcards)["training"]["threads"]
    resources:
        gpu=gpus_asked,
        mem_mb=memory_of("maximise_activation"),
        runtime=minutes_of("maximise_activation"),
        disk_mb=disk_of("maximise_activation"),
    params:
        code=network_code("maximise_activation.py"),
        experiment=of_experiment,
        asked=looking_inside("activation_maximisation"),
    script:
        "../scripts/maximise_activation.py"


rule extract_features:
    """Keep what the network of one split makes of each scan before its last linear layer decides."""
    input:
        store=packed,
        folds=folds_of,
        scans=covariate_table,
        weights="results/{study}/train/{experiment}/{split}_seed-{seed}.pt",
        card="results/{study}/train/{experiment}/{split}_seed-{seed}.card.json",
    output:
        features="results/{study}/insight/{experiment}/features/{split}_seed-{seed}.npz",
    log:
        "logs/{study}/extract_features/{experiment}_{split}_seed-{seed}.log",
    benchmark:
        "logs/{study}/extract_features/{experiment}_{split}_seed-{seed}.benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    threads: lambda wildcards: of_experiment(wildcards)["training"]["threads"]
    resources:
        gpu=gpus_asked,
        mem_mb=memory_of("extract_features"),
        runtime=minutes_of("extract_features"),
        disk_mb=disk_of("extract_features"),
    params:
        code=network_code("extract_features.py"),
        experiment=of_experiment,
        layer=SETTINGS["insight"]["features"]["layer"],
    script:
        "../scripts/extract_features.py"


rule choose_examples:
    """Choose typical and atypical subjects of every split, and whom each held-out scan is most like."""
    input:
        features=features_of_networks(),
    output:
        examples="results/{study}/insight/{experiment}/examples.tsv",
        prototypes="results/{study}/insight/{experiment}/prototypes.tsv",
        neighbours="results/{study}/insight/{experiment}/neighbours.tsv",
    log:
        "logs/{study}/choose_examples/{experiment}.log",
    benchmark:
        "logs/{study}/choose_examples/{experiment}.benchmark.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        mem_mb=memory_of("choose_examples"),
        runtime=minutes_of("choose_examples"),
        disk_mb=disk_of("choose_examples"),
    params:
        code=code_of("choose_examples.py"),
        asked=looking_inside("examples"),
    script:
        "../scripts/choose_examples.py"


rule rank_influence:
    """Rank the training scans of one network by what each did to what it says of held-out scans, and of themselves."""
    input:
        store=packed,
        folds=folds_of,
        scans=covariate_table,
        weights="results/{study}/train/{experiment}/{split}_seed-{seed}.pt",
        history="results/{study}/train/{experiment}/{split}_seed-{seed}.history.tsv",
        card="results/{study}/train/{experiment}/{split}_seed-{seed}.card.json",
    output:
        held_out="results/{study}/insight/{experiment}/influence/{split}_seed-{seed}_held_out.tsv",
        training="results/{study}/insight/{experiment}/influence/{split}_seed-{seed}_training.tsv",
    log:
        "logs/{study}/rank_influence/{experiment}_{split}_seed-{seed}.log",
    benchmark:
        "logs/{study}/rank_influence/{experiment}_{split}_seed-{seed}.benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    threads: lambda wildcards: of_experiment(wildcards)["training"]["threads"]
    resources:
        gpu=gpus_asked,
        mem_mb=memory_of("rank_influence"),
        runtime=minutes_of("rank_influence"),
        disk_mb=disk_of("rank_influence"),
    params:
        code=network_code("rank_influence.py"),
        experiment=of_experiment,
        asked=looking_inside("influence"),
    script:
        "../scripts/rank_influence.py"


rule embed_features:
    """Lay out the features of every network as points, and say beside the pictures what can be told from them."""
    input:
        features=features_of_networks(),
        scans="results/{study}/cohort/scans.tsv",
        folds=folds_of,
    output:
        points="results/{study}/insight/{experiment}/embedding_points.tsv",
        scores="results/{study}/insight/{experiment}/embedding_scores.tsv",
        columns="results/{study}/insight/{experiment}/embedding_columns.tsv",
    log:
        "logs/{study}/embed_features/{experiment}.log",
    benchmark:
        "logs/{study}/embed_features/{experiment}.benchmark.tsv"
    conda:
        "../envs/embeddings.yaml"
    resources:
        mem_mb=memory_of("embed_features"),
        runtime=minutes_of("embed_features"),
        disk_mb=disk_of("embed_features"),
    params:
        code=code_of("embed_features.py"),
        asked=looking_inside("embeddings"),
        labels=lambda wildcards: classes_of([label_of(wildcards.experiment)]),
        carried=covariates_carried(),
    script:
        "../scripts/embed_features.py"


rule embed_table:
    """Lay out the table of measures as points, and say beside the pictures what can be told from it."""
    input:
        measures="results/{study}/cohort/features.tsv",
        scans="results/{study}/cohort/scans.tsv",
        folds=f"results/{{study}}/cohort/label-{LABELS_TOLD[0]}_folds.tsv",
    output:
        points="results/{study}/insight/table_points.tsv",
        scores="results/{study}/insight/table_scores.tsv",
        columns="results/{study}/insight/table_columns.tsv",
    log:
        "logs/{study}/embed_table.log",
    benchmark:
        "logs/{study}/embed_table.benchmark.tsv"
    conda:
        "../envs/embeddings.yaml"
    resources:
        mem_mb=memory_of("embed_table"),
        runtime=minutes_of("embed_table"),
        disk_mb=disk_of("embed_table"),
    params:
        code=code_of("embed_table.py"),
        asked=looking_inside("embeddings"),
        labels=classes_of(LABELS_TOLD),
        carried=covariates_carried(),
    script:
        "../scripts/embed_table.py"


rule study_first_layer:
    """Say whether groups of held-out scans differ in the maps of the first layer, and more than by an untrained one."""
    input:
        store=packed,
        folds=folds_of,
        scans="results/{study}/cohort/scans.tsv",
        weights=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.pt"),
        cards=every_split("results/{study}/train/{experiment}/{split}_seed-{seed}.card.json"),
    output:
        statistics="results/{study}/insight/{experiment}/first_layer.tsv",
        differences="results/{study}/insight/{experiment}/first_layer_groups.tsv",
    log:
        "logs/{study}/study_first_layer/{experiment}.log",
    benchmark:
        "logs/{study}/study_first_layer/{experiment}.benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    threads: lambda wildcards: of_experiment(wildcards)["training"]["threads"]
    resources:
        gpu=gpus_asked,
        mem_mb=memory_of("study_first_layer"),
        runtime=minutes_of("study_first_layer"),
        disk_mb=disk_of("study_first_layer"),
    params:
        code=network_code("study_first_layer.py"),
        experiment=of_experiment,
        asked=looking_inside("first_layer"),
        classes=class_names,
    script:
        "../scripts/study_first_layer.py"
