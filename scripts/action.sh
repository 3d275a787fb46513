#!/usr/bin/env bash
# The step of action.yml that runs Assay: its inputs become a command line. They come in variables, so that no text of an input
# is read as shell. Leaves outputs in $GITHUB_OUTPUT: report (folder), artifact (name), changed (whether the cache is to be saved).
set -uo pipefail

say() { printf '%s=%s\n' "$1" "$2" >> "$GITHUB_OUTPUT"; }
refuse() { printf '::error title=Assay::%s\n' "$1"; exit 2; }
# What a cache holds, by name: entries are named by content. The red layers of last time are the one file that changes in place.
list_cache() {
  [ -d "$OUT/cache" ] || return 0
  find "$OUT/cache" -type f ! -name 'libraries.json' ! -name 'modules.json' ! -path "$OUT/cache/modules/*" | LC_ALL=C sort
  cat "$OUT/cache/evidence/red-last.json" 2>/dev/null || true
}

# Of several uses in one job, each has its own report and its own artefact. No name of a job holds a dot: what follows one is ours.
uses="$RUNNER_TEMP/assay-uses"
echo use >> "$uses"
count=$(wc -l < "$uses")
again=$([ "$count" -eq 1 ] || echo "-$count")
name="${NAME:-$JOB}"
name=$(printf '%s' "$name" | tr -c 'A-Za-z0-9_-' '-')
[ "${JOB_TOTAL:-1}" -le 1 ] || name="$name.$JOB_INDEX"
name="$name${again:+.use$again}"
report="$OUT/report${SHARD:+-${SHARD/\//-of-}}$again"
say report "$report"
say artifact "assay-$name"
# As long as nobody knows better: a job that is cut by its time limit keeps what it has proved.
say changed true

mkdir -p "$OUT"
before=$(list_cache | sha256sum)
started=$(mktemp "$RUNNER_TEMP/assay-started-XXXXXX")
read -r -d '' -a further <<< "$ARGUMENTS" || true
if [ -n "$PLAN" ]; then
  [ -z "$FROZEN$MODEL$IMAGE$CALIBRATION$RTL$CONFIG" ] ||
    refuse 'The input plan says what runs: leave out frozen, model, image, calibration, rtl and config.'
  [ -z "$SHARD" ] || refuse 'The input plan runs whole in one job: templates/rtl-nightly.yml runs it in shards.'
  options=(regress "$PLAN" --out "$OUT" --folder "$report" --report json,junit,github,html)
  # In what the cache keeps, so that `--against last` finds the night before.
  [[ " ${further[*]-}" == *" --history"* ]] || options+=(--history "$OUT/cache/history") # of assay regress
else
  options=(sim --out "$OUT" --result-folder "$report" --report json,junit,github,html,sarif)
fi
[ -z "$FROZEN" ] || options+=(--frozen "$FROZEN")
[ -z "$MODEL" ] || options+=(--model "$MODEL")
[ -z "$IMAGE" ] || options+=(--image "$IMAGE")
[ -z "$CALIBRATION" ] || options+=(--calibration "$CALIBRATION")
[ -z "$RTL" ] || options+=(--rtl "$RTL")
[ -z "$CONFIG" ] || options+=(--config "$CONFIG")
[ -z "$SHARD" ] || options+=(--shard "$SHARD")
node "$ASSAY" "${options[@]}" ${further[@]+"${further[@]}"}
code=$?

# What shows a red layer and runs it again: waveforms, and the files that the simulator read. Those of a plan lie in its folder.
if [ "$code" -ne 0 ] && [ -d "$report" ]; then
  for run in "$OUT"/*-w*a*/; do
    for data in waves roms memories; do
      [ -n "$(find "$run$data" -newer "$started" -print -quit 2>/dev/null)" ] || continue
      mkdir -p "$report/data/$(basename "$run")"
      cp -r "$run$data" "$report/data/$(basename "$run")/"
    done
  done
fi

# A cache that grows with every push is slower to restore than what it saves.
node "$ASSAY" clean --out "$OUT" --cache-only --older-than 7d > /dev/null
[ "$before" != "$(list_cache | sha256sum)" ] || say changed false
exit "$code"
