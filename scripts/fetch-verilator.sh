#!/usr/bin/env bash
# Unpacks the Verilator of another Debian release beside this machine's, with the libraries that it needs, and prints the folder of its
# programs, for the front of PATH. Nothing is installed. Usage: scripts/fetch-verilator.sh RELEASE   (trixie, sid)
# Exit code 3: it cannot be had here. 1: the package is not the one that scripts/verilator-packages.sha256 names.
set -euo pipefail
release=$1
home=$(cd "$(dirname "$0")/.." && pwd)
folder=$home/build/verilator/$release

none() {
  echo "assay: no Verilator of $release here: $1" >&2
  exit 3
}

print_bin() { # the folder, if what is in it runs
  "$folder/bin/verilator" --version >/dev/null 2>&1 && echo "$folder/bin"
}

print_bin && exit 0
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || none 'apt and dpkg unpack it, on Debian or Ubuntu'
keys=/usr/share/keyrings/debian-archive-keyring.gpg
[ -f "$keys" ] || none "$keys is missing (package debian-archive-keyring)"
# The mirror that this machine takes Debian from.
site=$(apt-get indextargets --format '$(ORIGIN) $(LABEL) $(COMPONENT) $(SITE)' 'Created-By: Packages' |
  awk '$1 == "Debian" && $2 == "Debian" && $3 == "main" && !n++ { print $4 }')
[ -n "$site" ] || none "apt's sources name no mirror of Debian"
rm -rf "$folder"
mkdir -p "$folder"/apt/{lists/partial,archives/partial} "$folder/bin" "$folder/root"
trap 'rm -rf "$folder/apt"' EXIT
: >"$folder/apt/status"
echo "deb [signed-by=$keys] $site $release main" >"$folder/apt/sources.list"
apt=(apt-get -qq -o Acquire::Retries=1 -o Acquire::Languages=none -o APT::Sandbox::User= -o Dir::Etc::SourceParts=-
  -o Dir::Etc::SourceList="$folder/apt/sources.list" -o Dir::State="$folder/apt" -o Dir::State::Lists="$folder/apt/lists"
  -o Dir::State::Status="$folder/apt/status" -o Dir::Cache="$folder/apt" -o Dir::Cache::Archives="$folder/apt/archives")
"${apt[@]}" update >&2 || none 'its list of packages does not answer'
cd "$folder/apt/archives"
"${apt[@]}" download verilator libc6 libstdc++6 libgcc-s1 zlib1g libgoogle-perftools4t64 libunwind8 liblzma5 >&2 ||
  none 'its packages do not answer'

# apt has compared every package with the signed list. The hash says which Verilator that has to be.
package=$(echo verilator_*.deb)
known=$(awk -v name="$package" '$2 == name { print $1 }' "$home/scripts/verilator-packages.sha256")
if [ -n "$known" ]; then
  echo "$known  $package" | sha256sum --check --quiet >&2 || exit 1
else
  echo "assay: $release has $package, which scripts/verilator-packages.sha256 does not name" >&2
  # sid moves on; what is released does not.
  [ "$release" = sid ] || exit 1
fi
for file in *.deb; do dpkg-deb -x "$file" "$folder/root"; done

# The programs run with the libraries that they were linked with, by the loader of those.
libraries=$(echo "$folder"/root/usr/lib/*-linux-gnu)
loader=$(echo "$libraries"/ld-linux*.so.*)
cat >"$folder/bin/verilator_bin" <<SCRIPT
#!/bin/sh
export VERILATOR_ROOT='$folder/root/usr/share/verilator'
exec '$loader' --library-path '$libraries' '$folder/root/usr/bin/verilator_bin' "\$@"
SCRIPT
chmod +x "$folder/bin/verilator_bin"
ln -s verilator_bin "$folder/bin/verilator"
print_bin || none "it does not run: $("$folder/bin/verilator" --version 2>&1 | head -n 1)"
