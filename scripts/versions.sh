#!/usr/bin/env bash
# Runs the tests that rest on what Verilator makes of RTL with the Verilator of other Debian releases, and a few layers of the embedded
# model. Usage: scripts/versions.sh [RELEASE]...   (trixie sid). A release whose packages do not answer is not tested, and named.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- trixie sid
# What versions have changed: results of passes, signs and names of ports, waveforms, warnings.
tests=(test/simulate/{boundary,build/canary,build/port,dut,failure,odd-names,readmem,stream,waveform} test/rtl/{add-codes,detect-head.test,mac-array,rtl-tools})
path=$PATH
missing=()
for release in "$@"; do
  status=0
  bin=$(scripts/fetch-verilator.sh "$release") || status=$?
  if [ "$status" = 3 ]; then
    missing+=("$release")
    continue
  fi
  [ "$status" = 0 ] || exit "$status"
  export PATH=$bin:$path
  echo "versions: $release, $(verilator --version)"
  npx --no-install vitest run "${tests[@]}"
  node dist/cli/main.js sim --out "build/versions/$release" --layers model.0..model.2,model.22.cv3.0.2 --no-cache
done
if [ ${#missing[@]} -gt 0 ]; then echo "versions: not tested, for want of packages: ${missing[*]}"; fi
