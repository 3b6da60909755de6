"""Of a very large cohort one job takes a shard of the scans, see cohort.shard_size; what it leaves of each is the same."""

if SHARDS:

    ruleorder: index_shards > pack_input

    rule extract_shard:
        """Take the wanted files of a shard's scans out of their archives; a bad archive is named, not fatal."""
        input:
            sources=sources_of_shard,
        output:
            statuses="results/{study}/volumes/shards/source_shard-{shard}.json",
        log:
            "logs/{study}/extract_shard/{shard}.log",
        benchmark:
            "logs/{study}/extract_shard/{shard}.benchmark.tsv"
        wildcard_constraints:
            shard=one_of(shard for shard, scans in SHARDS.items() if not SCANS[scans[0]].dicom),
        conda:
            "../envs/tables.yaml"
        resources:
            disk_reads=1,
            mem_mb=memory_of("extract_shard"),
            runtime=minutes_of("extract_shard"),
            disk_mb=disk_of("extract_shard"),
        params:
            code=code_of("extract_shard.py"),
            scans=lambda wildcards: SHARDS[wildcards.shard],
            places=lambda wildcards: {scan: SCANS[scan].places for scan in SHARDS[wildcards.shard]},
            states=lambda wildcards: {scan: state_of(scan) for scan in SHARDS[wildcards.shard]},
            mask=NEEDS_MASK,
            verify_md5=COHORT["verify_md5"],
        script:
            "../scripts/extract_shard.py"

    rule convert_shard:
        """Make a NIfTI volume of the DICOM slices of each scan of a shard; a bad series is named, not fatal."""
        input:
            sources=sources_of_shard,
        output:
            statuses="results/{study}/volumes/shards/source_shard-{shard}.json",
        log:
            "logs/{study}/convert_shard/{shard}.log",
        benchmark:
            "logs/{study}/convert_shard/{shard}.benchmark.tsv"
        wildcard_constraints:
            shard=one_of(shard for shard, scans in SHARDS.items() if SCANS[scans[0]].dicom),
        conda:
            "../envs/dicom.yaml"
        resources:
            disk_reads=1,
            mem_mb=memory_of("convert_shard"),
            runtime=minutes_of("convert_shard"),
            disk_mb=disk_of("convert_shard"),
        params:
            code=code_of("convert_shard.py"),
            scans=lambda wildcards: SHARDS[wildcards.shard],
            series=lambda wildcards: {scan: SCANS[scan].places["T1w"][0] for scan in SHARDS[wildcards.shard]},
            timeout=600,
            states=lambda wildcards: {scan: state_of(scan) for scan in SHARDS[wildcards.shard]},
        script:
            "../scripts/convert_shard.py"

    rule prepare_shard:
        """Register each scan of a shard to the template and carry head and mask along; a bad scan is named, not fatal."""
        input:
            sources="results/{study}/volumes/shards/source_shard-{shard}.json",
            image=TEMPLATE["T1w"],
            mask=TEMPLATE["mask"],
        output:
            statuses="results/{study}/volumes/shards/{input}_shard-{shard}.json",
        log:
            "logs/{study}/prepare_shard/{input}_{shard}.log",
        benchmark:
            "logs/{study}/prepare_shard/{input}_{shard}.benchmark.tsv"
        conda:
            "../envs/volumes.yaml"
        resources:
            mem_mb=memory_of("prepare_shard"),
            runtime=minutes_of("prepare_shard"),
            disk_mb=disk_of("prepare_shard"),
        params:
            code=code_of("prepare_shard.py"),
            settings=lambda wildcards: SETTINGS["inputs"][wildcards.input],
            form=COHORT["form"],
            space=SPACE,
        script:
            "../scripts/prepare_shard.py"

    use rule pack_input as pack_shard with:
        input:
            statuses=["results/{study}/volumes/shards/{input}_shard-{shard}.json"],
            image=TEMPLATE["T1w"],
        output:
            store="results/{study}/packed/{input}_shard-{shard}.h5",
        log:
            "logs/{study}/pack_shard/{input}_{shard}.log",
        benchmark:
            "logs/{study}/pack_shard/{input}_{shard}.benchmark.tsv"

    rule index_shards:
        """Put one index over the packed shards of an input, so that whoever reads it sees one store."""
        input:
            shards=expand("results/{{study}}/packed/{{input}}_shard-{shard}.h5", shard=SHARDS),
        output:
            store="results/{study}/packed/{input}.h5",
        log:
            "logs/{study}/index_shards/{input}.log",
        benchmark:
            "logs/{study}/index_shards/{input}.benchmark.tsv"
        conda:
            "../envs/torch.yaml"
        resources:
            mem_mb=memory_of("index_shards"),
            runtime=minutes_of("index_shards"),
            disk_mb=disk_of("index_shards"),
        params:
            code=code_of("index_shards.py"),
        script:
            "../scripts/index_shards.py"
