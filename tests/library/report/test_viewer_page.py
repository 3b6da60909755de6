import base64
import hashlib
import io
import json
import tarfile
from pathlib import Path

import nibabel
import numpy as np
import pytest

from tests.library.report.made_results import AFFINE, SETTINGS, SHAPE, make_results
from voxplain.errors import InputError
from voxplain.report.results import Results
from voxplain.report.viewer import niivue, page, placing
from voxplain.report.viewer.atlases import in_their_space


@pytest.fixture
def with_library(tmp_path, monkeypatch):
    """A file in place of NiiVue, as if it had been fetched."""
    library = tmp_path / "niivue.js"
    library.write_text("window.niivue = {};")
    monkeypatch.setattr(placing, "LIBRARY", library)


def viewer(results, folder):
    return next(block for block in page.viewer_page(results, folder).sections[0].blocks if block.kind == "viewer")


def test_every_group_map_can_be_chosen_and_those_of_a_method_share_their_limit(made_results, tmp_path, with_library):
    block = viewer(Results(made_results, SETTINGS), tmp_path)
    assert list(block.groups) == ["head, gradient", "head, gradCam", "brain, gradient", "brain, gradCam"]
    for maps in block.groups.values():
        titles = [volume.title for _, volume in maps]
        assert titles[0] == "correct (2 subjects)" and len(titles) == 5, "an empty group has no map"
        assert len({volume.limit for _, volume in maps}) == 1
    assert [volume.signed for volume in block.maps[::5]] == [True, False, True, False]
    assert len({volume.path for volume in block.maps}) == 20
    assert all((tmp_path / volume.path).is_file() for volume in [block.background, *block.maps])
    assert (tmp_path / "assets/niivue.js").is_file()


def test_the_colours_of_the_viewer_are_those_of_the_pictures():
    scales = placing.colours()
    assert scales["above"][0] == scales["below"][0], "colours meet at zero"
    assert len({scales["above"][-1], scales["below"][-1], scales["unsigned"][-1]}) == 3


def test_what_was_planted_can_be_laid_beside_the_maps(tmp_path, with_library):
    root = make_results(tmp_path / "results")
    truth = np.zeros(SHAPE, np.float32)
    truth[3:5, 4:6, 5:7] = 0.8
    (root / "sanity/truth").mkdir(parents=True)
    nibabel.save(nibabel.Nifti1Image(truth, AFFINE), root / "sanity/truth/affine_effect-region.nii.gz")
    (_, volume), *others = viewer(Results(root, SETTINGS), tmp_path).groups[page.PLANTED]
    assert (volume.title, volume.limit, volume.signed, others) == ("affine, region", pytest.approx(0.8), False, [])


def test_a_study_without_maps_has_no_viewer(tmp_path):
    assert page.viewer_page(Results(tmp_path, SETTINGS), tmp_path / "report") is None


def test_the_viewer_turns_with_the_setting_of_the_pictures(made_results, tmp_path, with_library):
    radiological = SETTINGS | {"report": {"orientation": "radiological"}}
    assert viewer(Results(made_results, radiological), tmp_path / "a").radiological
    assert not viewer(Results(made_results, SETTINGS), tmp_path / "b").radiological


@pytest.mark.slow
def test_without_niivue_the_page_leads_to_pages_by_nilearn_that_need_no_network(
    made_results, tmp_path, monkeypatch, visit
):
    monkeypatch.setattr(placing, "LIBRARY", tmp_path / "missing.js")
    text, links = page.viewer_page(Results(made_results, SETTINGS), tmp_path).sections[0].blocks
    assert niivue.COMMAND in text.text
    assert [about for about, _ in links.items] == [
        f"{experiment}, {method}, correct (2 subjects)"
        for experiment in ("head", "brain")
        for method in ("gradient", "gradCam")
    ]
    opened = visit(tmp_path / links.items[0][1])
    assert opened.inner_text("p").startswith("MADE DATA.") and "head, gradient, correct (2" in opened.inner_text("p")
    assert opened.get_attribute("p a", "href") == "../../viewer.html"
    assert opened.evaluate("document.querySelector('canvas').width") > 100


def tarball(path, content=b"// a library"):
    with tarfile.open(path, "w:gz") as packed:
        entry = tarfile.TarInfo(niivue.MEMBER)
        entry.size = len(content)
        packed.addfile(entry, io.BytesIO(content))
    return path


def test_a_fetched_library_stands_under_its_licence(tmp_path, monkeypatch):
    packed = tarball(tmp_path / "niivue.tgz")
    monkeypatch.setattr(niivue, "SHA512", base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode())
    niivue.fetch(packed, tmp_path / "kept/library.js")
    text = (tmp_path / "kept/library.js").read_text()
    assert text.startswith("/*!\nNiiVue") and "Copyright (c) 2021, Niivue" in text and text.endswith("// a library")
    assert text.index("*/") < text.index("// a library")


def test_another_file_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(InputError, match="not the file of NiiVue 0.69.0") as refused:
        niivue.fetch(tarball(tmp_path / "niivue.tgz"), tmp_path / "library.js")
    assert "\n" not in str(refused.value) and not (tmp_path / "library.js").exists()


def test_a_set_up_without_a_network_goes_on_with_one_clear_line(tmp_path, monkeypatch, capsys):
    def no_network(*_, **__):
        raise OSError("no route to host")

    monkeypatch.setattr(niivue.urllib.request, "urlopen", no_network)
    monkeypatch.setattr(niivue, "LIBRARY", tmp_path / "library.js")
    assert niivue.main([]) == 0
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "no route to host" in said and niivue.TARBALL in said and niivue.COMMAND in said


def test_a_tarball_that_was_named_and_is_not_there_is_a_fault(tmp_path, capsys):
    assert niivue.main([str(tmp_path / "missing.tgz")]) == 1
    assert "missing.tgz: No such file" in capsys.readouterr().err


def test_the_set_up_fetches_what_the_report_looks_for():
    root = Path(niivue.__file__).parents[3]
    assert root / f"build/niivue/niivue-{niivue.VERSION}.js" == niivue.LIBRARY
    makefile = (root / "Makefile").read_text()
    assert "\nbuild/niivue:" in makefile and "-m voxplain.report.viewer.niivue" in makefile
    assert json.dumps(niivue.TARBALL).endswith(f'-{niivue.VERSION}.tgz"')


def test_regions_are_told_only_on_the_grid_of_the_template(made_results):
    results = Results(made_results, SETTINGS)
    shifted = AFFINE.copy()
    shifted[0, 3] += 4
    assert in_their_space(results, results.template)
    assert not in_their_space(results, nibabel.Nifti1Image(np.zeros(SHAPE), shifted))
    assert not in_their_space(results, nibabel.Nifti1Image(np.zeros((4, 4, 4)), AFFINE))
