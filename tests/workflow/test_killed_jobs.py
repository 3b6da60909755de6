"""Every kind of job, killed by SIGKILL at a random moment: a plain rerun leaves the same bytes."""

import random
from contextlib import suppress

import pandas
import psutil
import pytest

from tests.workflow.killing import PATIENCE, VICTIMS, kill, running_script, started, unlock
from tests.workflow.leftovers import differing, digests, under_way

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("study")]
KILLS = 30
SEED = 13


def seconds(survivor, rule, generator):
    """How long a job of ``rule`` took, from one of its benchmark files; 1 where there is none."""
    found = sorted((survivor.folder / "logs" / "small" / rule).rglob("*.benchmark.tsv"))
    return float(pandas.read_csv(generator.choice(found), sep="\t")["s"][0]) if found else 1.0


def test_thirty_kills_of_single_jobs_over_all_rules_change_no_byte(survivor):
    generator, struck = random.Random(SEED), []
    outputs = survivor.outputs()
    rules = sorted(outputs)
    generator.shuffle(rules)
    for number in range(KILLS):
        rule, victim = rules[number % len(rules)], VICTIMS[number % len(VICTIMS)]
        asked = generator.choice(outputs[rule])[0]
        survivor.remove(asked)
        run = started(survivor, asked)
        script = running_script(run)
        if script is not None:
            with suppress(psutil.TimeoutExpired):
                script.wait(generator.uniform(0, seconds(survivor, rule, generator)))
            if kill(run, victim, script):
                struck.append(rule)
        run.wait()
        unlock(survivor)
        survivor.snakemake(asked)
        if script is not None:
            # the job that outlived its Snakemake
            script.wait(PATIENCE)
        assert not under_way(survivor.results), (rule, victim)
    assert differing(digests(survivor.results), survivor.before) == []
    # of large files Snakemake knows the time alone, so what is made of one that was made anew is made anew
    survivor.snakemake()
    assert differing(digests(survivor.results), survivor.before) == []
    assert survivor.planned() == {}
    assert len(struck) >= KILLS // 2, struck
