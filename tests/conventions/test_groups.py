import os

import pytest


@pytest.mark.xdist_group("together")
def test_tests_of_a_group_run_on_one_worker_so_that_what_they_share_is_made_once(request):
    if "PYTEST_XDIST_WORKER" not in os.environ:
        pytest.skip("tests run in one process")
    assert request.node.nodeid.endswith("@together")
