"""A Slurm of one node on this machine, with devices that stand for GPUs: for tests, as root, gone afterwards."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

PROGRAMS = "slurmctld", "slurmd", "munged", "sbatch", "squeue", "scancel", "srun", "sinfo"
# Where srun looks inside a job, from whose environment all that names another file was taken
SITE = Path("/etc/slurm")

CONF = """\
ClusterName=toy
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/sock
CredType=cred/munge
SlurmctldPort={controller}
SlurmdPort={node}
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,defer_batch
MinJobAge=3600
KillWait=2
OverTimeLimit=0
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={megabytes} Gres=gpu:{gpus} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=1-00:00:00 DefaultTime=00:10:00 State=UP
PartitionName=gpu Nodes={host} MaxTime=1-00:00:00 DefaultTime=00:10:00 State=UP
"""


def missing():
    """Why no Slurm can be started here, in words; empty where one can."""
    if os.geteuid():
        return "Slurm's daemons are started as root"
    if absent := [name for name in PROGRAMS if not shutil.which(name)]:
        return f"not installed: {', '.join(absent)} (Debian: slurmctld slurmd slurm-client munge)"
    if any((SITE / name).exists() for name in ("slurm.conf", "gres.conf")):
        return f"{SITE} has settings already: this machine belongs to a cluster, or another such test runs"
    return ""


class OneNode:
    """A running Slurm below ``folder``; `stop` ends it and takes its settings out of /etc/slurm."""

    def __init__(self, folder, cpus=4, megabytes=16000, gpus=2):
        self.folder = Path(folder)
        for name in ("munge", "spool", "state", "devices"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "munge").chmod(0o711)
        host = socket.gethostname().split(".")[0]
        for number in range(gpus):
            os.mknod(self.folder / "devices" / f"nvidia{number}", 0o20666, os.makedev(1, 3))
        settings = {"host": host, "cpus": cpus, "megabytes": megabytes, "gpus": gpus}
        settings |= {"folder": self.folder, "controller": free_port(), "node": free_port()}
        (self.folder / "slurm.conf").write_text(CONF.format(**settings))
        devices = f"NodeName={host} Name=gpu File={self.folder}/devices/nvidia[0-{gpus - 1}]\n"
        (self.folder / "gres.conf").write_text(devices)
        self.environment = os.environ | {"SLURM_CONF": str(self.folder / "slurm.conf")}
        try:
            self.start(host)
        except BaseException:
            self.stop()
            raise

    def start(self, host):
        """Start the three daemons and wait for the node to take jobs."""
        for name in ("slurm.conf", "gres.conf"):
            # of a test that was killed, whose folder is gone
            if (SITE / name).is_symlink() and not (SITE / name).exists():
                (SITE / name).unlink()
            (SITE / name).symlink_to(self.folder / name)
        munge = self.folder / "munge"
        (munge / "key").write_bytes(os.urandom(1024))
        (munge / "key").chmod(0o600)
        files = {"key-file": "key", "socket": "sock", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
        self.say("munged", *(f"--{option}={munge / name}" for option, name in files.items()), "--force")
        self.say("slurmctld")
        self.say("slurmd", "-N", host)
        until = time.monotonic() + 30
        while time.monotonic() < until:
            if "idle" in self.say("sinfo", "-h", "-o", "%T", check=False):
                return
            time.sleep(0.25)
        logs = "\n".join(path.read_text()[-2000:] for path in self.folder.glob("*.log"))
        raise AssertionError(f"the node never became idle\n{logs}")

    def say(self, *command, check=True):
        """What a command of Slurm's said, both streams together."""
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL}
        ran = subprocess.run(command, text=True, env=self.environment, timeout=60, **streams)
        assert not check or ran.returncode == 0, f"{command}: {ran.stdout}"
        return ran.stdout

    def jobs(self, folder):
        """A mapping for each job of a run in ``folder``, in order: ``JobState``, ``Comment`` (its rule) and more."""
        lines = self.say("scontrol", "--oneliner", "show", "jobs").splitlines()
        jobs = [dict(part.split("=", 1) for part in line.split() if "=" in part) for line in lines]
        return [job for job in jobs if job.get("WorkDir") == str(folder)]

    def stop(self):
        """Cancel what is left, end the daemons by their pid files, and leave /etc/slurm as it was."""
        if (self.folder / "slurmctld.pid").exists():
            self.say("scancel", "--user", "root", check=False)
            time.sleep(1)
        for name in ("slurmd.pid", "slurmctld.pid", "munge/pid"):
            end(self.folder / name)
        for name in ("slurm.conf", "gres.conf"):
            if (SITE / name).is_symlink() and (SITE / name).readlink() == self.folder / name:
                (SITE / name).unlink()


def end(pid_file):
    """Ask the daemon of a pid file to end, and wait until it has."""
    if not pid_file.exists() or not (text := pid_file.read_text().strip()):
        return
    try:
        os.kill(int(text), 15)
        for _ in range(40):
            os.kill(int(text), 0)
            time.sleep(0.25)
    except ProcessLookupError:
        pass


def free_port():
    """A TCP port that nobody listens on."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]
