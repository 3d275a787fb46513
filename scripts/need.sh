#!/usr/bin/env bash
# Makes sure that system tools are there: installs them with the system's package manager where it can, else says how to get
# them. Usage: scripts/need.sh TOOL...   (node, verilator, iverilog, yosys, srec_cat)
set -euo pipefail

package() { # name of the package that holds a tool
  case "$1" in srec_cat) echo srecord ;; *) echo "$1" ;; esac
}

how_to() {
  echo "assay: $1 is missing. Install it and run again:" >&2
  echo "    Debian, Ubuntu   sudo apt-get install $(package "$1")" >&2
  echo "    Fedora           sudo dnf install $(package "$1")" >&2
  echo "    Arch             sudo pacman -S $(package "$1")" >&2
  echo "    macOS            brew install $(package "$1")" >&2
  exit 3
}

install() {
  local packages=() tool
  for tool in "$@"; do packages+=("$(package "$tool")"); done
  local root=()
  if [ "$(id -u)" != 0 ]; then
    # Never ask for a password in the middle of a make.
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then root=(sudo -n); else return 1; fi
  fi
  echo "installing ${packages[*]} …" >&2
  if command -v apt-get >/dev/null; then
    "${root[@]}" apt-get update -qq >/dev/null 2>&1 || true
    DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null 2>&1
  elif command -v dnf >/dev/null; then "${root[@]}" dnf install -y -q "${packages[@]}"
  elif command -v pacman >/dev/null; then "${root[@]}" pacman -S --noconfirm --quiet "${packages[@]}"
  elif command -v brew >/dev/null; then brew install --quiet "${packages[@]}"
  else return 1; fi
}

missing=()
for tool in "$@"; do
  if [ "$tool" = node ]; then
    version=$(node --version 2>/dev/null || echo none)
    major=${version#v}
    major=${major%%.*}
    if [ "$version" = none ] || [ "$major" -lt 20 ]; then
      echo "assay: Node.js 20.19 or later is needed, found $version. See https://nodejs.org/en/download" >&2
      exit 3
    fi
  elif [ "$tool" = verilator ] && ! command -v g++ >/dev/null && ! command -v clang++ >/dev/null; then
    echo "assay: a C++ compiler is missing. Install g++ (Debian: sudo apt-get install g++) and run again." >&2
    exit 3
  fi
  command -v "$tool" >/dev/null || missing+=("$tool")
done
[ ${#missing[@]} = 0 ] && exit 0
install "${missing[@]}" || true
for tool in "${missing[@]}"; do command -v "$tool" >/dev/null || how_to "$tool"; done
