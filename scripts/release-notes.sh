#!/usr/bin/env bash
# Prints what CHANGELOG.md says of a release, and refuses a tag that is not the version of package.json:
#   scripts/release-notes.sh v1.2.3
set -euo pipefail
tag=$1
version=$(node -p 'require("./package.json").version')
if [ "$tag" != "v$version" ]; then
  echo "assay: the tag is $tag and package.json has $version. Change one of them." >&2
  exit 2
fi
# From the version's heading to the next.
notes=$(awk -v heading="## [$version] - " '/^## / { inside = index($0, heading) == 1; next } inside' CHANGELOG.md)
if [[ $notes != *[![:space:]]* ]]; then
  echo "assay: CHANGELOG.md says nothing under '## [$version] - <date>'. Give [Unreleased] this heading." >&2
  exit 2
fi
printf '%s\n' "$notes"
