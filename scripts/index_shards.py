"""Put one index over the packed shards of an input, so that whoever reads it sees one store."""

from voxplain.runtime import rule_log
from voxplain.shards import write_index


def index_shards(shards, store, input_name):
    """Leave at ``store`` the index of the packed ``shards``, in their order; see voxplain.shards."""
    write_index(store, shards, {"input": input_name})


if __name__ == "__main__":
    with rule_log(snakemake):
        index_shards(snakemake.input.shards, snakemake.output.store, snakemake.wildcards.input)
