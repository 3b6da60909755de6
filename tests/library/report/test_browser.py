import pytest

from tests.library.report.browser import Visit


def written(folder, body):
    path = folder / "page.html"
    path.write_text(f'<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>t</title>{body}')
    return path


def test_a_sound_page_passes(tmp_path, visit):
    page = visit(written(tmp_path, "<h1>Hello</h1><script>document.title = 'read'</script>"))
    assert page.title() == "read" and page.inner_text("h1") == "Hello"


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<script>console.error('a complaint')</script>", "a complaint"),
        ("<script>throw new Error('a mishap')</script>", "a mishap"),
        ("<img src='https://example.org/x.png'>", "https://example.org/x.png"),
        ("<script src='missing.js'></script>", "missing.js"),
    ],
)
def test_an_error_and_a_request_beyond_the_disk_are_faults(tmp_path, browser, body, fault):
    visit = Visit(browser)
    visit(written(tmp_path, body)).wait_for_timeout(50)
    with pytest.raises(AssertionError, match=fault):
        visit.close()


def test_webgl_2_works_without_a_graphics_card(tmp_path, visit):
    page = visit(written(tmp_path, "<canvas></canvas>"))
    assert page.evaluate("document.querySelector('canvas').getContext('webgl2') !== null")
