"""Heatmaps become statements about groups: averages, regions, agreement, and what statistics allow."""


rule average_maps:
    """Average one method's heatmaps over groups of subjects, each subject counted once."""
    input:
        maps=every_split("results/{study}/explain/{experiment}/{method}/{split}_seed-{seed}.h5"),
        mask=TEMPLATE["mask"],
        scans=table_of_columns,
    output:
        groups="results/{study}/relevance/{experiment}/{method}/groups.tsv",
        together="results/{study}/relevance/{experiment}/{method}/averages.npz",
        images=group_images(),
        further=[directory("results/{study}/relevance/{experiment}/{method}/further")] if RELEVANCE["by"] else [],
    log:
        "logs/{study}/average_maps/{experiment}_{method}.log",
    benchmark:
        "logs/{study}/average_maps/{experiment}_{method}.benchmark.tsv"
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory_of("average_maps"),
        runtime=minutes_of("average_maps"),
        disk_mb=disk_of("average_maps"),
    params:
        code=code_of("average_maps.py"),
        groups=RELEVANCE["groups"],
        by=RELEVANCE["by"],
        top=RELEVANCE["top"],
    script:
        "../scripts/average_maps.py"


if MADE:

    rule make_atlas:
        """Make an atlas of the made cohort's own regions, with their names, on the template's grid."""
        input:
            image=TEMPLATE["T1w"],
        output:
            image=atlas_file("nii.gz", MADE_ATLAS),
            table=atlas_file("tsv", MADE_ATLAS),
        log:
            "logs/{study}/make_atlas.log",
        benchmark:
            "logs/{study}/make_atlas.benchmark.tsv"
        conda:
            "../envs/volumes.yaml"
        resources:
            mem_mb=memory_of("make_atlas"),
            runtime=minutes_of("make_atlas"),
            disk_mb=disk_of("make_atlas"),
        params:
            code=code_of("make_atlas.py"),
        script:
            "../scripts/make_atlas.py"


rule rank_regions:
    """Rank the regions of an atlas by how much of one method's maps lies in them, for every group and subject."""
    input:
        maps=every_split("results/{study}/explain/{experiment}/{method}/{split}_seed-{seed}.h5"),
        atlas=atlas_file("nii.gz"),
        table=atlas_file("tsv"),
        mask=TEMPLATE["mask"],
        scans=table_of_columns,
    output:
        regions=report(
            "results/{study}/relevance/{experiment}/{method}/atlas-{atlas}_regions.tsv",
            caption="captions/regions.rst",
            category="Relevance",
            subcategory="{experiment}",
            labels={"method": "{method}", "atlas": "{atlas}", "table": "regions by rank"},
        ),
        gains="results/{study}/relevance/{experiment}/{method}/atlas-{atlas}_gains.tsv",
        sides="results/{study}/relevance/{experiment}/{method}/atlas-{atlas}_sides.tsv",
        subjects="results/{study}/relevance/{experiment}/{method}/atlas-{atlas}_subjects.tsv",
    log:
        "logs/{study}/rank_regions/{experiment}_{method}_{atlas}.log",
    benchmark:
        "logs/{study}/rank_regions/{experiment}_{method}_{atlas}.benchmark.tsv"
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory_of("rank_regions"),
        runtime=minutes_of("rank_regions"),
        disk_mb=disk_of("rank_regions"),
    params:
        code=code_of("rank_regions.py"),
        relevance=asked_of_groups("groups", "by", "merge_sides", "bootstrap", "seed"),
    script:
        "../scripts/rank_regions.py"


rule agree_maps:
    """Measure how alike the maps of methods, splits, seeds and subjects are."""
    input:
        maps=maps_of_every_method(),
        mask=TEMPLATE["mask"],
    output:
        agreement=report(
            "results/{study}/relevance/{experiment}/agreement.tsv",
            caption="captions/agreement.rst",
            category="Relevance",
            subcategory="{experiment}",
            labels={"method": "all", "atlas": "", "table": "agreement of maps"},
        ),
    log:
        "logs/{study}/agree_maps/{experiment}.log",
    benchmark:
        "logs/{study}/agree_maps/{experiment}.benchmark.tsv"
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory_of("agree_maps"),
        runtime=minutes_of("agree_maps"),
        disk_mb=disk_of("agree_maps"),
    params:
        code=code_of("agree_maps.py"),
        methods=METHODS,
        relevance=asked_of_groups("agreement", "top", "seed"),
    script:
        "../scripts/agree_maps.py"


rule find_subtypes:
    """Look for kinds of subjects whose maps lie in different regions, and say how sure their number is."""
    input:
        maps=every_split("results/{study}/explain/{experiment}/{method}/{split}_seed-{seed}.h5"),
        atlas=atlas_file("nii.gz"),
        table=atlas_file("tsv"),
        mask=TEMPLATE["mask"],
    output:
        summary="results/{study}/relevance/{experiment}/{method}/atlas-{atlas}_subtypes.tsv",
        members="results/{study}/relevance/{experiment}/{method}/atlas-{atlas}_subtypes_members.tsv",
        choice="results/{study}/relevance/{experiment}/{method}/atlas-{atlas}_subtypes_choice.tsv",
        centres="results/{study}/relevance/{experiment}/{method}/atlas-{atlas}_subtypes_centres.tsv",
    log:
        "logs/{study}/find_subtypes/{experiment}_{method}_{atlas}.log",
    benchmark:
        "logs/{study}/find_subtypes/{experiment}_{method}_{atlas}.benchmark.tsv"
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory_of("find_subtypes"),
        runtime=minutes_of("find_subtypes"),
        disk_mb=disk_of("find_subtypes"),
    params:
        code=code_of("find_subtypes.py"),
        relevance=asked_of_groups("subtypes", "merge_sides", "seed"),
    script:
        "../scripts/find_subtypes.py"


rule compare_groups:
    """Test where maps of subjects differ by a column of the table, among those that the same network judged."""
    input:
        maps=every_split("results/{study}/explain/{experiment}/{method}/{split}_seed-{seed}.h5"),
        mask=TEMPLATE["mask"],
        scans="results/{study}/cohort/scans.tsv",
        folds=folds_of,
        atlas=[atlas_file("nii.gz", name) for name in ATLASES[:1]],
        table=[atlas_file("tsv", name) for name in ATLASES[:1]],
    output:
        clusters="results/{study}/relevance/{experiment}/{method}/contrast-{contrast}_clusters.tsv",
        regions="results/{study}/relevance/{experiment}/{method}/contrast-{contrast}_regions.tsv",
        summary="results/{study}/relevance/{experiment}/{method}/contrast-{contrast}.json",
        images=expand(
            "results/{{study}}/relevance/{{experiment}}/{{method}}/contrast-{{contrast}}_{image}.nii.gz",
            image=CONTRAST_IMAGES,
        ),
    log:
        "logs/{study}/compare_groups/{experiment}_{method}_{contrast}.log",
    benchmark:
        "logs/{study}/compare_groups/{experiment}_{method}_{contrast}.benchmark.tsv"
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory_of("compare_groups"),
        runtime=minutes_of("compare_groups"),
        disk_mb=disk_of("compare_groups"),
    params:
        code=code_of("compare_groups.py"),
        contrast=lambda wildcards: RELEVANCE["contrasts"][wildcards.contrast],
        relevance=asked_of_groups("statistics", "seed"),
    script:
        "../scripts/compare_groups.py"


rule measure_stability:
    """Measure how alike the maps are that networks of one split, trained from other seeds, make of the same scan."""
    input:
        maps=every_split("results/{study}/explain/{experiment}/{method}/{split}_seed-{seed}.h5"),
        mask=TEMPLATE["mask"],
    output:
        stability="results/{study}/relevance/{experiment}/{method}/stability.tsv",
        summary="results/{study}/relevance/{experiment}/{method}/stability_summary.tsv",
    log:
        "logs/{study}/measure_stability/{experiment}_{method}.log",
    benchmark:
        "logs/{study}/measure_stability/{experiment}_{method}.benchmark.tsv"
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory_of("measure_stability"),
        runtime=minutes_of("measure_stability"),
        disk_mb=disk_of("measure_stability"),
    params:
        code=code_of("measure_stability.py"),
        relevance=asked_of_groups("top", "bootstrap", "seed"),
    script:
        "../scripts/measure_stability.py"


rule compare_outside:
    """Hold group maps against a map of others, and against random maps as smooth as it."""
    input:
        maps=every_split("results/{study}/explain/{experiment}/{method}/{split}_seed-{seed}.h5"),
        means=expand(
            "results/{{study}}/relevance/{{experiment}}/{{method}}/group-{group}_desc-scaled_mean.nii.gz",
            group=RELEVANCE["groups"],
        ),
        mask=TEMPLATE["mask"],
        outside=lambda wildcards: no_pattern(RELEVANCE["outside"][wildcards.outside]),
    output:
        agreement="results/{study}/relevance/{experiment}/{method}/outside-{outside}.tsv",
    log:
        "logs/{study}/compare_outside/{experiment}_{method}_{outside}.log",
    benchmark:
        "logs/{study}/compare_outside/{experiment}_{method}_{outside}.benchmark.tsv"
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory_of("compare_outside"),
        runtime=minutes_of("compare_outside"),
        disk_mb=disk_of("compare_outside"),
    params:
        code=code_of("compare_outside.py"),
        relevance=asked_of_groups("groups", "statistics", "seed"),
    script:
        "../scripts/compare_outside.py"
