"""The calls of `conda` that Snakemake makes, answered by py-rattler: a real solver and installer, a channel on disk.

Run by the interpreter of build/rattler. The folders of the channel and of what is kept between calls are named by the
variables CHANNEL and BASE; every channel of an environment file but nodefaults stands for that one.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

import rattler
import yaml

BASE = Path(os.environ["BASE"])
VERSION = "25.1.0"


async def create(prefix, specs):
    """An environment at ``prefix`` of what ``specs`` ask for and that needs."""
    solved = await rattler.solve(
        sources=[rattler.Channel(Path(os.environ["CHANNEL"]).as_uri())],
        specs=[rattler.MatchSpec(spec, strict=True) for spec in specs],
        gateway=rattler.Gateway(cache_dir=BASE / "cache" / "repodata"),
        platforms=["linux-64", "noarch"],
        virtual_packages=rattler.VirtualPackage.detect(),
        channel_priority=rattler.ChannelPriority.Strict,
    )
    await rattler.install(solved, target_prefix=prefix, cache_dir=BASE / "cache" / "packages", show_progress=False)


def create_environment(arguments):
    """`conda env create --file FILE --prefix PREFIX`; packages of pip are refused, which need a network."""
    named = {name: arguments[arguments.index(name) + 1] for name in ("--file", "--prefix")}
    wanted = yaml.safe_load(Path(named["--file"]).read_text())["dependencies"]
    if any(not isinstance(one, str) for one in wanted):
        sys.exit(f"{named['--file']}: packages of pip are not installed here")
    try:
        asyncio.run(create(named["--prefix"], wanted))
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}")
    sys.stdout.flush()
    os._exit(0)  # threads of py-rattler that still run would end an interpreter that finishes in due form


def main(arguments):
    """Answer one call."""
    if arguments == ["--version"]:
        sys.stdout.write(f"conda {VERSION}\n")
    elif arguments[:2] == ["info", "--json"]:
        sys.stdout.write(json.dumps({"conda_prefix": str(BASE), "platform": "linux-64", "conda_version": VERSION}))
    elif arguments[:2] == ["config", "--get"]:
        sys.stdout.write(json.dumps({"get": {"channel_priority": "strict"}}))
    elif arguments[:2] == ["env", "create"]:
        create_environment(arguments)
    elif arguments[:1] != ["clean"] and arguments[:2] != ["config", "--set"]:
        sys.exit(f"a call that is not known here: {arguments}")


if __name__ == "__main__":
    main(sys.argv[1:])
