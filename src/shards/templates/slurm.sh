#!/bin/bash
# A job array for Slurm: one element works on one shard of the plan.
#   sbatch slurm.sh                      submits all shards
#   keten status PLAN --resubmit         submits those that are neither done nor in the queue
# Change these lines to what your cluster asks for. Results depend on none of them.
#SBATCH --job-name=@NAME@
#SBATCH --array=1-@SHARDS@
@PARTITION@
#SBATCH --time=@TIME@
#SBATCH --mem=@MEMORY@
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=@THREADS@
#SBATCH --output="@LOGS@/%a.log"
#SBATCH --open-mode=append
#SBATCH --requeue
# Two minutes before the time limit: the worker stops after the month that it simulates, and keeps its units.
#SBATCH --signal=B:TERM@120

# The worker takes the place of this script, so that signals reach it.
exec @PROGRAM@ work @PLAN@ --shard "$SLURM_ARRAY_TASK_ID" --threads "${SLURM_CPUS_PER_TASK:-@THREADS@}"
