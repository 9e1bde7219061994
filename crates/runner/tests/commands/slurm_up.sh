#!/usr/bin/env bash
# Starts a Slurm of one machine in the folder $1: munge, controller and node, on ports of its own, as root.
# Prints the path of its configuration; ends with an error, and says why, if one of them does not start.
# `slurm_up.sh FOLDER stop` ends it.
set -euo pipefail
folder=$1
run="$folder/run"
if [ "${2:-}" = stop ]; then
    for name in slurmd slurmctld munged; do
        [ -s "$run/$name.pid" ] && kill "$(cat "$run/$name.pid")" 2>/dev/null || true
    done
    exit 0
fi
mkdir -p "$run" "$folder/state" "$folder/spool"
chmod 755 "$folder" "$run"
socket="$run/munge.socket"
dd if=/dev/urandom of="$run/munge.key" bs=1024 count=1 status=none
chmod 400 "$run/munge.key"
munged --force --socket="$socket" --key-file="$run/munge.key" --pid-file="$run/munged.pid" \
    --log-file="$run/munged.log" --seed-file="$run/munge.seed" --num-threads=2 >&2
host=$(hostname -s)
port=$((20000 + $$ % 10000))
cpus=$(nproc)
cat >"$folder/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# A task that is queued again begins after this many seconds.
AuthInfo=socket=$socket,cred_expire=5
CredType=cred/munge
SlurmctldPort=$port
SlurmdPort=$((port + 1))
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$run/slurmctld.pid
SlurmdPidFile=$run/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
KillWait=5
# A node that does not answer for so many seconds is lost, and its jobs are queued again.
SlurmdTimeout=5
MessageTimeout=5
MinJobAge=600
ReturnToService=2
SlurmdParameters=config_overrides
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
CONF
export SLURM_CONF="$folder/slurm.conf"
slurmctld >&2
slurmd >&2
for _ in $(seq 100); do
    if sinfo -h -o '%T' 2>/dev/null | grep -q idle; then
        echo "$SLURM_CONF"
        exit 0
    fi
    sleep 0.2
done
echo "Slurm did not come up:" >&2
tail -n 20 "$run/munged.log" "$folder/slurmctld.log" "$folder/slurmd.log" >&2
exit 1
