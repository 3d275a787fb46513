#!/usr/bin/env bash
# Packs the package as `npm pack` does on a clean clone, with the changes of this one, and prints the tarball's path. dist/ stays as it is.
# Usage: scripts/pack.sh FOLDER   the source is copied to FOLDER/source; the tarball is FOLDER/assay.tgz
set -euo pipefail
home=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
rm -rf "$folder/source"
mkdir "$folder/source"
cd "$home"
git ls-files -z --cached --others --exclude-standard |
  while IFS= read -r -d '' file; do if [ -e "$file" ]; then printf '%s\0' "$file"; fi; done |
  tar --null -T - -cf - | tar -xf - -C "$folder/source"
ln -s "$home/node_modules" "$folder/source/node_modules"
cd "$folder/source"
npm pack --silent --pack-destination "$folder" >/dev/null
mv "$folder"/assay-*.tgz "$folder/assay.tgz"
echo "$folder/assay.tgz"
