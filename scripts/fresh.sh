#!/usr/bin/env bash
# The README's two commands on a bare machine: `make sim` and `make test`, on a fresh clone of what is committed, in an empty Debian (or
# Ubuntu) that has git, make, g++ and this machine's Node, and nothing else. Where packages come from, this machine's apt and npm say.
#   --no-witnesses   as a user who may install nothing; Verilator is there before. The tests must pass and name what was not tested.
# Needs root. Mounts are made in a namespace of this script's own, which ends with it, however it ends.
set -euo pipefail
home=$(cd "$(dirname "$0")/.." && pwd)
witnesses=true
for option in "$@"; do
  case "$option" in
    --no-witnesses) witnesses=false ;;
    *) echo "scripts/fresh.sh: unknown option $option; there is --no-witnesses" >&2; exit 2 ;;
  esac
done
if [ "$(id -u)" != 0 ]; then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then exec sudo -n -E env "PATH=$PATH" "$0" "$@"; fi
  echo "assay: make fresh needs root, as debootstrap and chroot do: run it as root" >&2
  exit 3
fi
if ! command -v apt-get >/dev/null; then
  echo "assay: make fresh makes a system like this one, which must be a Debian or an Ubuntu" >&2
  exit 3
fi
if [ -z "${ASSAY_FRESH_ROOT:-}" ]; then
  "$home/scripts/need.sh" node debootstrap unshare
  ASSAY_FRESH_ROOT=$(mktemp -d "${TMPDIR:-/tmp}/assay-fresh-XXXXXX")
  export ASSAY_FRESH_ROOT
  child=
  # Ends the namespace with every process in it, then what they wrote.
  trap '[ -z "$child" ] || kill -KILL "$child" 2>/dev/null; wait 2>/dev/null || true
    rm -rf --one-file-system "$ASSAY_FRESH_ROOT" 2>/dev/null || { sleep 1; rm -rf --one-file-system "$ASSAY_FRESH_ROOT"; }' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  unshare --mount --propagation private --pid --fork --kill-child "$0" "$@" &
  child=$!
  status=0
  wait "$child" || status=$?
  child=
  exit "$status"
fi
root=$ASSAY_FRESH_ROOT/root
log=$ASSAY_FRESH_ROOT/log
mkdir "$root"

step=
begin=0
trap 'status=$?; [ "$status" = 0 ] || echo "fresh: $step failed with exit $status after $((SECONDS - begin)) s" >&2' EXIT
timed() { # says how long a step took; never called where set -e is off
  step=$1
  begin=$SECONDS
  shift
  "$@"
  echo "fresh: $step took $((SECONDS - begin)) s"
}

bootstrap() {
  local codename site
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  # The mirror that apt uses for the release itself; where it is none that debootstrap reads, debootstrap knows its own.
  site=$(apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(SITE)' 'Created-By: Packages' |
    awk -v codename="$codename" '$1 == codename && $2 == "main" && $3 ~ /^https?:/ && !n++ { print $3 }')
  debootstrap --variant=minbase --include=git,make,g++ "$codename" "$root" ${site:+"$site"} >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    return 3
  }
}

copy() { # files of this machine, to the same place, where they are
  local path
  for path in "$@"; do
    [ -e "$path" ] || continue
    mkdir -p "$root$(dirname "$path")"
    cp -rL "$path" "$root$(dirname "$path")/"
  done
}

furnish() {
  rm -rf "$root"/etc/apt/sources.list* "$root/etc/resolv.conf" "$root/etc/hosts"
  copy /etc/resolv.conf /etc/hosts /etc/apt/{sources.list,sources.list.d,auth.conf,auth.conf.d,keyrings,trusted.gpg,trusted.gpg.d} \
    /etc/apt/apt-mirrors.txt /usr/share/keyrings /etc/ssl/certs/ca-certificates.crt
  # Only apt's settings of the network are copied: hooks call programs that are not there.
  local setting
  for setting in /etc/apt/apt.conf /etc/apt/apt.conf.d/*; do
    if grep -qs Acquire "$setting"; then copy "$setting"; fi
  done
  local node npm
  node=$(node -p process.execPath)
  npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
  mkdir -p "$root/usr/local/lib/node_modules/npm" "$root/usr/local/etc"
  touch "$root/usr/local/bin/node"
  mount --bind -o ro "$node" "$root/usr/local/bin/node"
  mount --bind -o ro "$npm" "$root/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
  cat "$(npm config get globalconfig)" "$(npm config get userconfig)" >"$root/usr/local/etc/npmrc" 2>/dev/null || true
  mount -t proc proc "$root/proc"
  chroot "$root" useradd --create-home assay
  git -c safe.directory="$home" -c safe.directory="$home/.git" clone --quiet --no-hardlinks "$home" "$root/home/assay/assay"
  chroot "$root" chown -R assay /home/assay/assay
  inside root node --version >/dev/null || {
    echo "assay: $node does not run in a bare root: it needs libraries of this machine. Use a Node of nodejs.org's." >&2
    return 3
  }
}

inside() { # a command in the root, as a user, with this machine's way to the network and no more of its environment
  local user=$1 name
  shift
  local environment=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME="$(chroot "$root" bash -c "echo ~$user")")
  for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY NODE_EXTRA_CA_CERTS; do
    [ -z "${!name:-}" ] || environment+=("$name=${!name}")
  done
  chroot --userspec="$user:$user" "$root" env -i "${environment[@]}" bash -c 'cd ~assay/assay && exec "$@"' bash "$@"
}

# The end of the tests' output is what a reader is told was not tested.
run_tests() {
  inside "$1" make test 2>&1 | tee "$log"
  if $witnesses; then
    if grep -E '^  (iverilog|yosys|srec_cat|fst2vcd) ' "$log"; then
      echo "fresh: make test did not install that" >&2
      return 1
    fi
  elif ! grep -q '^  iverilog .* tests in ' "$log"; then
    echo "fresh: make test did not say what was not tested" >&2
    return 1
  fi
}

if [ -n "$(git -C "$home" -c safe.directory="$home" status --porcelain)" ]; then
  echo "fresh: only what is committed is tried; there are changes that are not" >&2
fi
timed debootstrap bootstrap
timed "node, npm and a clone" furnish
user=root
if ! $witnesses; then
  user=assay
  timed "Verilator" inside root scripts/need.sh verilator
fi
timed "make sim" inside "$user" make sim
timed "make test" run_tests "$user"
