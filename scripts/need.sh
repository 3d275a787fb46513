#!/usr/bin/env bash
# Makes sure that system tools are there: installs them with the system's package manager where it can, else says how to get
# them. Usage: scripts/need.sh [--try] TOOL...   (node, verilator, iverilog, yosys, nextpnr-ice40, srec_cat,
# fst2vcd, zlib.h, gemmlowp: a header)
# With --try nothing is said of what cannot be had, and the exit code is 0: the tests name it at their end.
# Verilator comes with zlib.h, which its waveforms are compiled with; without that, red runs make none.
set -euo pipefail

package() { # name of the package that holds a tool
  case "$1" in
    srec_cat) echo srecord ;;
    fst2vcd) echo gtkwave ;;
    gemmlowp) if command -v dnf >/dev/null; then echo gemmlowp-devel; elif command -v apt-get >/dev/null; then echo libgemmlowp-dev; else echo gemmlowp; fi ;;
    yosys-abc) echo yosys ;;
    zlib.h) if command -v apt-get >/dev/null; then echo zlib1g-dev; elif command -v dnf >/dev/null; then echo zlib-devel; else echo zlib; fi ;;
    nextpnr-ice40) if command -v dnf >/dev/null; then echo nextpnr; else echo nextpnr-ice40; fi ;;
    iverilog) if [ "$(uname)" = Darwin ]; then echo icarus-verilog; else echo iverilog; fi ;;
    *) echo "$1" ;;
  esac
}

has() {
  case "$1" in
    # Not by a pipe: with pipefail, a compiler that ends before it has read all would count as one without the header.
    zlib.h) "$(command -v g++ || command -v clang++)" -E -x c++ - <<<'#include <zlib.h>' >/dev/null 2>&1 ;;
    gemmlowp) "$(command -v g++ || command -v clang++)" -E -x c++ - <<<'#include <gemmlowp/fixedpoint/fixedpoint.h>' >/dev/null 2>&1 ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

how_to() {
  echo "assay: $1 is missing. Install it and run again:" >&2
  echo "    Debian, Ubuntu   sudo apt-get install $(package "$1")" >&2
  echo "    Fedora           sudo dnf install $(package "$1")" >&2
  echo "    Arch             sudo pacman -S $(package "$1")" >&2
  echo "    macOS            brew install $(package "$1")" >&2
  exit 3
}

need_node() { # the version that package.json asks for
  local least='"node": ">=([0-9]+)\.([0-9]+)"' version='^v([0-9]+)\.([0-9]+)\.' major minor found
  [[ $(<"${BASH_SOURCE[0]%/*}/../package.json") =~ $least ]]
  major=${BASH_REMATCH[1]} minor=${BASH_REMATCH[2]}
  found=$(node --version 2>/dev/null || echo none)
  if [[ $found =~ $version ]]; then
    if ((BASH_REMATCH[1] > major || (BASH_REMATCH[1] == major && BASH_REMATCH[2] >= minor))); then return; fi
  fi
  echo "assay: Node.js $major.$minor or later is needed, found $found. See https://nodejs.org/en/download" >&2
  exit 3
}

as_root() {
  # Never ask for a password in the middle of a make.
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

install() { # packages, with the system's package manager
  if command -v apt-get >/dev/null; then
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=1 -o DPkg::Lock::Timeout=300)
    local get=(as_root "${apt[@]}" install -y --no-install-recommends "$@")
    # Lists of packages are fetched only where there are none, or old ones: without a network that takes time.
    "${get[@]}" >/dev/null 2>&1 || { as_root "${apt[@]}" update >/dev/null 2>&1 && "${get[@]}" >/dev/null 2>&1; }
  elif command -v dnf >/dev/null; then as_root dnf install -y -q "$@" >&2
  elif command -v pacman >/dev/null; then as_root pacman -S --noconfirm --quiet "$@" >&2
  elif command -v brew >/dev/null; then brew install --quiet "$@" >&2
  else return 1; fi
}

may_install() { # whether a package manager may be run without a question
  command -v brew >/dev/null || [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }
}

try=false
if [ "${1:-}" = --try ]; then
  try=true
  shift
fi
missing=()
wanted=()
for tool in "$@"; do
  if [ "$tool" = node ]; then
    need_node
  elif [ "$tool" = verilator ] && ! command -v g++ >/dev/null && ! command -v clang++ >/dev/null; then
    echo "assay: a C++ compiler is missing. Install g++ (Debian: sudo apt-get install g++) and run again." >&2
    exit 3
  fi
  has "$tool" || missing+=("$tool")
  if [ "$tool" = verilator ] && ! has zlib.h; then wanted+=(zlib.h); fi
done
[ $((${#missing[@]} + ${#wanted[@]})) = 0 ] && exit 0
packages=()
for tool in ${missing[@]+"${missing[@]}"} ${wanted[@]+"${wanted[@]}"}; do packages+=("$(package "$tool")"); done
if may_install; then
  echo "installing ${packages[*]} …" >&2
  if ! install "${packages[@]}" && [ ${#packages[@]} -gt 1 ]; then
    # A system that has not all of them has some.
    for one in "${packages[@]}"; do install "$one" || true; done
  fi
fi
if $try; then exit 0; fi
for tool in ${missing[@]+"${missing[@]}"}; do has "$tool" || how_to "$tool"; done
for tool in ${wanted[@]+"${wanted[@]}"}; do
  has "$tool" || echo "assay: without $tool (package $(package "$tool")) a red run makes no waveform" >&2
done
