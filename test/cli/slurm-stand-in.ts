/** Slurm's commands as shell scripts that run a job's tasks here: for the farm's own work, not for Slurm's. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Job numbers count from 1; a task that is waiting or running is a file. */
const SCRIPTS = {
  sbatch: `if [ -e "$home/away" ] || rm "$home/away-once" 2> /dev/null; then echo 'sbatch: error: Unable to contact slurm controller' >&2; exit 1; fi
if [ -e "$home/refuse" ]; then echo 'sbatch: error: Invalid partition name specified' >&2; exit 1; fi
for word in "$@"; do
  case $word in
    --array=*) tasks=\${word#--array=} ;;
    --output=*) output=\${word#--output=} ;;
  esac
done
script=$word
job=$(( $(ls "$home/jobs" | wc -l) + 1 ))
printf '%s\\n' "$@" > "$home/jobs/$job"
for task in \${tasks//,/ }; do touch "$home/tasks/\${job}_$task"; done
# A session of its own: whoever called ends what it has called.
setsid --fork bash "$home/bin/tasks" "$job" "$tasks" "$output" "$script" > /dev/null 2>&1 < /dev/null
until [ -e "$home/started-$job" ]; do sleep 0.01; done
echo "$job;cluster"`,
  tasks: `job=$1; output=$3; script=$4
touch "$home/started-$job"
for task in \${2//,/ }; do
  while [ -e "$home/hold" ]; do sleep 0.05; done
  if [ -e "$home/lose-$task" ]; then rm "$home/lose-$task"
  elif [ -e "$home/tasks/\${job}_$task" ]; then
    SLURM_ARRAY_TASK_ID=$task bash "$script" > "\${output//%a/$task}" 2>&1
  fi
  rm -f "$home/tasks/\${job}_$task"
done`,
  squeue: `for word in "$@"; do case $word in --jobs=*) job=\${word#--jobs=} ;; esac; done
if [ -e "$home/mute" ] || rm "$home/mute-once" 2> /dev/null; then echo 'squeue: error: Unable to contact slurm controller' >&2; exit 1; fi
if [ ! -e "$home/jobs/$job" ]; then echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1; fi
for task in "$home/tasks/\${job}_"*; do [ -e "$task" ] || continue; if [ -e "$home/held" ]; then echo "PENDING|1:00:00|(launch failed requeued held)"; elif [ -e "$home/hold" ]; then echo "PENDING|1:00:00|(Resources)"; else echo "RUNNING|1:00:00|here"; fi; done
exit 0`,
  scancel: `rm -f "$home/tasks/\${1}_"* "$home/hold"; echo "$1" >> "$home/cancelled"`,
} as const

export interface SlurmStandIn {
  readonly home: string
  /** With the scripts first. */
  readonly path: string
  /** Words that a job was submitted with. */
  words(job: number): readonly string[]
  /** `lose-2`: task 2 dies before it does anything, once. `hold`: nothing begins. `mute`: the controller does not answer; `mute-once`. */
  mark(name: string): void
  readonly cancelled: readonly string[]
}

export function makeSlurm(home: string): SlurmStandIn {
  for (const name of ['bin', 'jobs', 'tasks']) mkdirSync(join(home, name), { recursive: true })
  for (const [name, text] of Object.entries(SCRIPTS)) {
    const file = join(home, 'bin', name)
    writeFileSync(file, `#!/bin/bash\nhome='${home}'\n${text}\n`)
    chmodSync(file, 0o755)
  }
  const cancelled = join(home, 'cancelled')
  return {
    home,
    path: `${join(home, 'bin')}:${process.env.PATH}`,
    words: (job) =>
      readFileSync(join(home, 'jobs', String(job)), 'utf8')
        .trimEnd()
        .split('\n'),
    mark: (name) => writeFileSync(join(home, name), ''),
    get cancelled() {
      return existsSync(cancelled) ? readFileSync(cancelled, 'utf8').trimEnd().split('\n') : []
    },
  }
}
