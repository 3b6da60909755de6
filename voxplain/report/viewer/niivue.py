"""NiiVue, the library that draws the viewer: fetched once, checked, and copied into each report.

``python -m voxplain.report.viewer.niivue`` fetches it, which `make setup` does; a machine without a network takes the
path of a tarball that was brought to it. Needs the standard library only. Reports without it have nilearn's pages.
"""

import argparse
import base64
import hashlib
import io
import sys
import tarfile
import urllib.request
from pathlib import Path

from voxplain.errors import InputError
from voxplain.runtime import written_whole

VERSION = "0.69.0"
TARBALL = f"https://registry.npmjs.org/@niivue/niivue/-/niivue-{VERSION}.tgz"
SHA512 = "YMjQvJgD1W2b7DuoxkwlC4VxbrgIePRJ5qyQzXKxi2v2MBVg285P/CIQyg46oDDGDIcaNlbd+MhtO/edMbXJkA=="
# Of the builds in the tarball the one that is no module: pages from disk cannot load modules
MEMBER = "package/dist/niivue.umd.js"
# Beside the library's code, so that every environment that runs this checkout finds it
LIBRARY = Path(__file__).parents[3] / f"build/niivue/niivue-{VERSION}.js"
COMMAND = "python -m voxplain.report.viewer.niivue"
_LICENCE = Path(__file__).parents[1] / "templates/licences/niivue.txt"
_SECONDS = 20


def fetch(source=TARBALL, target=None):
    """Write the library, under its licence, to ``target`` or else LIBRARY.

    source: of the tarball, an address or a path. Raises InputError where the tarball cannot be had or is not, byte for
    byte, the one that was tried.
    """
    try:
        content = _content(str(source))
    except OSError as error:
        reason = getattr(error, "reason", None) or error.strerror or error
        raise InputError(f"{source}: {reason}; bring the file here and run: {COMMAND} niivue-{VERSION}.tgz") from error
    if base64.b64encode(hashlib.sha512(content).digest()).decode() != SHA512:
        raise InputError(f"{source}: not the file of NiiVue {VERSION} (its SHA-512 is another); fetch {TARBALL}")
    with tarfile.open(fileobj=io.BytesIO(content)) as packed:
        library = packed.extractfile(MEMBER).read()
    with written_whole(target or LIBRARY) as part:
        part.write_bytes(f"/*!\n{_LICENCE.read_text()}*/\n".encode() + library)


def main(arguments=None):
    """Fetch NiiVue and say so in one line; 1 where a tarball that was named is of no use.

    That there is no network is no fault of a set-up, which goes on without it.
    """
    parser = argparse.ArgumentParser(prog=COMMAND, description="Fetch NiiVue for the report's viewer.")
    parser.add_argument("tarball", nargs="?", default=TARBALL, help=f"a path or an address, by default {TARBALL}")
    tarball = parser.parse_args(arguments).tarball
    try:
        fetch(tarball)
    except InputError as error:
        sys.stderr.write(f"no NiiVue, so reports will have plainer viewers: {error}\n")
        return int(tarball != TARBALL)
    sys.stdout.write(f"NiiVue {VERSION} is at {LIBRARY}\n")
    return 0


def _content(source):
    if "://" not in source:
        return Path(source).read_bytes()
    # whatever the address, only the one file with the known SHA-512 is taken
    with urllib.request.urlopen(source, timeout=_SECONDS) as answer:  # nosec B310
        return answer.read()


if __name__ == "__main__":
    sys.exit(main())
