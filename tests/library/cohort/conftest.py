import io
import zipfile

import pytest


@pytest.fixture
def made_zip():
    """Bytes of a zip with the given members, stored or packed; the same ones at any time of the day."""

    def make(members, method=zipfile.ZIP_STORED):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as contents:
            for name, content in members.items():
                contents.writestr(zipfile.ZipInfo(name), content, method)
        return file.getvalue()

    return make
