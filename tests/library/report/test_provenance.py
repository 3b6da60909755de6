from tests.library.report.made_results import SETTINGS
from voxplain.report import provenance
from voxplain.report.blocks import Heading, Text
from voxplain.report.results import Results


def test_it_says_that_nothing_leaves_the_machine_and_what_the_folder_gives_away(made_results):
    blocks = provenance.section(Results(made_results, SETTINGS)).blocks
    place = blocks.index(Heading("What leaves this machine"))
    said = blocks[place + 1]
    assert isinstance(said, Text) and said.text.startswith("Nothing:") and "faces" in said.text
