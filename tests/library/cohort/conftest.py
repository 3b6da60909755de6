import io
import zipfile

import pytest


@pytest.fixture
def made_zip():
    """Bytes of a zip with the given members, stored or packed."""

    def make(members, method=zipfile.ZIP_STORED):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", method) as contents:
            for name, content in members.items():
                contents.writestr(name, content)
        return file.getvalue()

    return make
