#!/usr/bin/env bash
# Checks the packed package as its users' tools read it: package.json with publint, the types with "are the types wrong".
set -euo pipefail
cd "$(dirname "$0")/.."
tarball=$(scripts/pack.sh build/package)
tools/lint/node_modules/.bin/publint run --strict "$tarball"
# The package is ESM, and a resolution older than `exports` finds no subpaths.
log=$(tools/lint/node_modules/.bin/attw --profile esm-only "$tarball") || { echo "$log" >&2; exit 1; }
echo "are the types wrong: no"
