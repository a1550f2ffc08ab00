#!/bin/bash
# Submits the plan to HyperQueue: one task works on one shard. A server and workers must be running (hq server start, hq worker
# start or hq alloc add). A task whose worker is lost is started again on another one.
exec "${HQ_PROGRAM:-hq}" submit --name @NAME@ --array 1-@SHARDS@ --cpus @THREADS@ --crash-limit 20 --time-limit @SECONDS@s \
    --stdout @PLAN@'/logs/%{TASK_ID}.log' --stderr @PLAN@'/logs/%{TASK_ID}.log' \
    -- bash -c 'exec "$0" work "$1" --shard "$HQ_TASK_ID" --threads @THREADS@' @PROGRAM@ @PLAN@
