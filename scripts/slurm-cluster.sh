#!/usr/bin/env bash
# A Slurm cluster of one machine, for the test of `assay farm --slurm`. Everything it makes lies in one folder.
#   scripts/slurm-cluster.sh start FOLDER     prints what to export
#   scripts/slurm-cluster.sh stop FOLDER
#   scripts/slurm-cluster.sh kill-node FOLDER | start-node FOLDER | stop-controller FOLDER | start-controller FOLDER
# Debian: apt install slurm-wlm munge. It runs as root, as slurmd and munged do.
set -euo pipefail

usage() { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -eq 2 ] || usage
command=$1
folder=$(realpath -m "$2")

stop_daemons() {
  local name pid
  for name in slurmd slurmctld munged; do
    pid=$(cat "$folder/$name.pid" 2>/dev/null) || continue
    # A number that was given to another program since is left alone.
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$name" ] && kill "$pid" 2>/dev/null || true
    rm -f "$folder/$name.pid"
  done
}

free_port() {
  local port
  for port in $(seq "$1" "$(($1 + 200))"); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
  return 1
}

write_config() {
  local host
  host=$(hostname -s)
  cat > "$folder/slurm.conf" <<CONF
ClusterName=assay
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(free_port 16817)
SlurmdPort=$(free_port 17018)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SwitchType=switch/none
MpiDefault=none
MailProg=/bin/true
ReturnToService=2
SlurmdTimeout=10
KillWait=5
SchedulerParameters=sched_interval=1,batch_sched_delay=0,defer_batch
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=assay Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
}

start_daemons() {
  mkdir -p "$folder/state" "$folder/spool"
  chmod 755 "$folder"
  head -c 1024 /dev/urandom > "$folder/munge.key"
  chmod 400 "$folder/munge.key"
  munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" --pid-file="$folder/munged.pid" \
    --log-file="$folder/munged.log" --seed-file="$folder/munged.seed" 2> "$folder/munged.err"
  write_config
  export SLURM_CONF="$folder/slurm.conf"
  slurmctld -c
  slurmd -c
  local attempt
  for attempt in $(seq 60); do
    [ "$(sinfo --noheader --format=%T 2>/dev/null)" = idle ] && return
    sleep 0.5
  done
  echo "slurm-cluster: the node did not come up; see $folder/*.log" >&2
  stop_daemons
  return 3
}

# A node that loses its power: its daemon and all of its jobs, at once.
kill_node() {
  local pid
  pid=$(cat "$folder/slurmd.pid")
  kill -KILL "$pid"
  # Each step of a job has a daemon, and below it what the job has started. Those of another cluster are left alone.
  local step child
  for step in $(pgrep -x slurmstepd || true); do
    tr '\0' '\n' < "/proc/$step/environ" 2>/dev/null | grep -qx "SLURM_CONF=$folder/slurm.conf" || continue
    for child in $(list_below "$step"); do kill -KILL "$child" 2>/dev/null || true; done
    kill -KILL "$step" 2>/dev/null || true
  done
  rm -f "$folder/slurmd.pid"
}

list_below() {
  local child
  for child in $(pgrep -P "$1" || true); do echo "$child"; list_below "$child"; done
}

case $command in
  kill-node) kill_node ;;
  start-node) SLURM_CONF="$folder/slurm.conf" slurmd ;;
  stop-controller) kill -KILL "$(cat "$folder/slurmctld.pid")" ;;
  start-controller) SLURM_CONF="$folder/slurm.conf" slurmctld ;;
  start) start_daemons && echo "export SLURM_CONF=$folder/slurm.conf" ;;
  stop) stop_daemons ;;
  *) usage ;;
esac
