#!/bin/bash
# usage: slurm.sh KETEN FOLDER
# Starts a Slurm of emulated nodes on this machine (Debian packages slurm-wlm and munge, as root), works FOLDER/small.toml
# off as a job array while workers and nodes are killed, and collects the run: FOLDER/collected.json is what keten prints,
# FOLDER/killed.json what was seen. KETEN_KILLS sets the number of kills, KETEN_SHARDS that of shards. Nothing is left
# running, and no file outside FOLDER is written.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
keten=$1
cd "$2"
kills=${KETEN_KILLS:-20}
shards=${KETEN_SHARDS:-8}
nodes=4

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
NodeName=node[1-$nodes] NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + nodes))] CPUs=1 RealMemory=1000
PartitionName=rome Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
cp "$SLURM_CONF" "$base/conf.copy"

stop() {
    for file in "$base"/node?.pid "$base/slurmctld.pid" "$base/munged.pid"; do
        [ -f "$file" ] && kill "$(cat "$file")" 2> /dev/null || true
    done
    # One that has not come so far as to write its number: its environment names this cluster.
    for process in $(pgrep -x slurmd); do
        tr '\0' '\n' < "/proc/$process/environ" 2> /dev/null | grep -qxF "SLURM_CONF=$SLURM_CONF" && kill "$process" || true
    done
    sleep 1
}
trap stop EXIT

head -c 1024 /dev/urandom > "$base/munge.key"
chmod 400 "$base/munge.key"
munged --force --key-file="$base/munge.key" --socket="$base/munge.socket" --pid-file="$base/munged.pid" \
    --log-file="$base/munged.log" --seed-file="$base/munged.seed"
slurmctld
for node in $(seq "$nodes"); do mkdir -p "$base/spool-node$node"; slurmd -N "node$node"; done
for _ in $(seq 60); do
    [ "$(sinfo --noheader --Node --states=idle --format=%N | sort -u | wc -l)" -eq "$nodes" ] && break
    sleep 0.5
done
sinfo

"$keten" plan small.toml --shards "$shards" --out plan --threads 1 --for slurm --partition rome --quiet
sbatch plan/slurm.sh
python3 "$here/slurm_kills.py" "$keten" "$kills" "$nodes"

# The commands of docs/cluster.md, as they stand there but for the size.
mkdir bin
ln -s "$keten" bin/keten
python3 "$here/page.py" Slurm > page.sh
PATH=$PWD/bin:$PATH bash page.sh
echo "the commands of the page for Slurm made $(basename page/runs/*-*)"
