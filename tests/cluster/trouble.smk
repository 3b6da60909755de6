"""One job a subject, of which some end badly: what a cluster does to jobs, without the work."""

from voxplain.settings.resources import grown


rule all:
    input:
        expand("done/{subject}", subject=["fine", "gpu", "large", "slow", "cancelled"]),


rule hold:
    """Take more memory than asked at first, more time than asked, be cancelled, or say which GPU it was given."""
    output:
        "done/{subject}",
    log:
        "logs/hold_{subject}.log",
    resources:
        mem_mb=lambda wildcards, attempt: grown(700, attempt),
        runtime=lambda wildcards: 1 if wildcards.subject == "slow" else 10,
        gpu=lambda wildcards: int(wildcards.subject == "gpu"),
    shell:
        """
        case {wildcards.subject} in
            large) python3 -c 'import time; held = bytearray(800 << 20); time.sleep(5)' ;;
            slow) sleep 600 ;;
            cancelled) scancel "$SLURM_JOB_ID"; sleep 60 ;;
        esac 2> {log}
        echo "${{CUDA_VISIBLE_DEVICES:-none}}" > {output}
        """
