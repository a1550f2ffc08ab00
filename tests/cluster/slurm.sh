#!/bin/bash
# usage: slurm.sh KETEN FOLDER
# Starts a Slurm of three emulated nodes on this machine (Debian packages slurm-wlm and munge, as root), works FOLDER/small.toml
# off as a job array while workers and a node are killed, and collects the run: FOLDER/collected.json is what keten prints.
# KETEN_KILLS sets the number of kills. Nothing is left running, and no file outside FOLDER is written.
set -euo pipefail
keten=$1
cd "$2"
kills=${KETEN_KILLS:-20}

[ "$(id -u)" -eq 0 ] || { echo "slurm.sh: run as root" >&2; exit 1; }
if ! command -v slurmctld > /dev/null || ! command -v munged > /dev/null; then
    apt-get update -q > /dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends slurm-wlm munge > /dev/null
fi

base=$PWD/slurm
mkdir -p "$base/state"
chmod 755 "$base"
export SLURM_CONF=$base/slurm.conf
port=$((20000 + RANDOM % 20000))
cat > "$SLURM_CONF" << END
ClusterName=keten
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$base/munge.socket
CredType=cred/munge
StateSaveLocation=$base/state
SlurmdSpoolDir=$base/spool-%n
SlurmctldPidFile=$base/slurmctld.pid
SlurmdPidFile=$base/%n.pid
SlurmctldLogFile=$base/slurmctld.log
SlurmdLogFile=$base/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
KillWait=5
SlurmdTimeout=10
NodeName=node[1-3] NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + 3))] CPUs=1 RealMemory=1000
PartitionName=rome Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
cp "$SLURM_CONF" "$base/conf.copy"

stop() {
    for file in "$base"/node?.pid "$base/slurmctld.pid" "$base/munged.pid"; do
        [ -f "$file" ] && kill "$(cat "$file")" 2> /dev/null || true
    done
    sleep 1
}
trap stop EXIT

head -c 1024 /dev/urandom > "$base/munge.key"
chmod 400 "$base/munge.key"
munged --force --key-file="$base/munge.key" --socket="$base/munge.socket" --pid-file="$base/munged.pid" \
    --log-file="$base/munged.log" --seed-file="$base/munged.seed"
slurmctld
for node in 1 2 3; do mkdir -p "$base/spool-node$node"; slurmd -N "node$node"; done
for _ in $(seq 60); do
    [ "$(sinfo --noheader --Node --states=idle --format=%N | sort -u | wc -l)" -eq 3 ] && break
    sleep 0.5
done
sinfo

"$keten" plan small.toml --shards 8 --out plan --threads 1 --for slurm --partition rome
sbatch plan/slurm.sh

# Processes of this plan alone: its path is in their command line.
workers() { pgrep -f "work $PWD/plan --shard" || true; }

killed=0 nodes=0
for round in $(seq 2000); do
    if [ "$killed" -lt "$kills" ]; then
        pid=$(workers | shuf -n 1)
        if [ -n "$pid" ] && kill -KILL "$pid" 2> /dev/null; then killed=$((killed + 1)); fi
    fi
    if [ "$round" -eq 10 ]; then
        # A node fails with all that runs on it, and comes back.
        kill -KILL "$(cat "$base/node2.pid")"
        pgrep -f "slurmstepd.*node2" | xargs -r kill -KILL || true
        slurmd -N node2
        nodes=1
    fi
    sleep "0.$((RANDOM % 9 + 1))"
    # Elements that Slurm put back wait for minutes; here they may begin at once.
    squeue --noheader --array --states=PENDING --format=%i | while read -r job; do
        scontrol release "$job" 2> /dev/null || true
        scontrol update JobId="$job" StartTime=now 2> /dev/null || true
    done
    status=$("$keten" status plan --resubmit --json 2> status.txt || { cat status.txt >&2; exit 1; })
    if [ "$killed" -ge "$kills" ] && python3 -c 'import json, sys; it = json.loads(sys.argv[1]); sys.exit(it["done"] < it["units"])' "$status"; then
        break
    fi
    if [ "$killed" -lt "$kills" ] && python3 -c 'import json, sys; it = json.loads(sys.argv[1]); sys.exit(it["done"] < it["units"])' "$status"; then
        # All is done before there were enough kills: once more, from nothing.
        "$keten" collect plan --out runs --json > collected.json
        cat collected.json >> rounds.json
        rm -rf plan/store
    fi
done
"$keten" collect plan --out runs --json > collected.json
cat collected.json >> rounds.json
python3 - << 'END'
import json
rounds = [json.loads(line) for line in open("rounds.json")]
hashes = {json.dumps([run["id"], {name: table["content_hash"] for name, table in run["tables"].items()}], sort_keys=True) for run in rounds}
assert len(hashes) == 1, f"{len(hashes)} contents in {len(rounds)} rounds"
print(len(rounds), "rounds, all with the same content")
END
echo "$killed workers and $nodes node were killed in $round rounds; $(find plan/store/.units/packs -name '*.pack' | wc -l) packs"
[ "$killed" -ge "$kills" ]
