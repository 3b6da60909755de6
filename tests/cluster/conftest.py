"""One Slurm for all tests of the cluster."""

import pytest

from tests.cluster.one_node import OneNode, missing


@pytest.fixture(scope="session")
def slurm(tmp_path_factory):
    """A running Slurm of one node with two devices that stand for GPUs."""
    if why := missing():
        pytest.skip(why)
    node = OneNode(tmp_path_factory.mktemp("slurm"))
    yield node
    node.stop()
