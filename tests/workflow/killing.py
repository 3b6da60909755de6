"""Runs of Snakemake that are killed by SIGKILL at a moment of the test's choice."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import psutil

PATIENCE = 120  # seconds for a job to begin
VICTIMS = "job", "snakemake", "both"


def started(checkout, *arguments):
    """A running Snakemake in a session of its own, on one core."""
    command = [sys.executable, "-m", "snakemake", *map(str, arguments), "--cores", "1"]
    return subprocess.Popen(
        [*command, "--configfile", "tests/study/config.yaml"],
        cwd=checkout.folder,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def running_script(run):
    """The process of the script that ``run`` has started, a psutil.Process; None when the run ended without one."""
    begun = time.monotonic()
    while run.poll() is None and time.monotonic() - begun < PATIENCE:
        for process in _below(run.pid):
            # not the shell around it, whose second word is an option
            if any(".snakemake/scripts/" in word for word in _words(process)[1:2]):
                return process
        time.sleep(0.02)
    return None


def unlock(checkout):
    """Remove the lock of a run that was killed, as ``snakemake --unlock`` does, without reading all rules for it."""
    for lock in (checkout.folder / ".snakemake" / "locks").glob("*"):
        lock.unlink()


def kill(run, victim, script=None):
    """Kill the job's script, Snakemake, or both with all that they started; whether the victim was still alive."""
    if victim == "job":
        alive = script.is_running() and script.status() != psutil.STATUS_ZOMBIE
        _end(script.pid)
        run.wait()
        return alive
    alive, others = run.poll() is None, _below(run.pid)
    _end(run.pid)
    if victim == "both":
        for process in others:
            _end(process.pid)
    run.wait()
    return alive


def _below(pid):
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _words(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _end(pid):
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
