"""One job a subject, of which some end badly: what a cluster does to jobs, without the work."""

from voxplain.settings.resources import grown


rule all:
    input:
        expand("done/{subject}", subject=["fine", "large", "slow", "cancelled"]),


rule hold:
    """Take more memory than asked at first, more time than asked, be cancelled from outside, or do nothing special."""
    output:
        touch("done/{subject}"),
    log:
        "logs/hold_{subject}.log",
    resources:
        mem_mb=lambda wildcards, attempt: grown(700, attempt),
        runtime=1,
    shell:
        """
        case {wildcards.subject} in
            large) python3 -c 'import time; held = bytearray(800 << 20); time.sleep(5)' ;;
            slow) sleep 600 ;;
            cancelled) scancel "$SLURM_JOB_ID"; sleep 60 ;;
        esac 2> {log}
        """
