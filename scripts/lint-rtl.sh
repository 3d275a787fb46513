#!/usr/bin/env bash
# Lints every module of rtl/ with Verilator, each as its own top, and elaborates it with Icarus and Yosys where they are.
set -euo pipefail
cd "$(dirname "$0")/.."
sources=()
while read -r source; do sources+=("$source"); done < <(sed -e 's/[#].*//' -e 's,//.*,,' rtl/rtl.f | awk 'NF { print "rtl/" $1 }')
tops=()
for source in "${sources[@]}"; do
  top=$(basename "$source" .sv)
  case "$top" in *_pkg) ;; *) tops+=("$top") ;; esac
done
# From 5.024 on, Verilator prints a report of its run beside its warnings, which are on stderr.
lint() { verilator --lint-only -Wall --top-module "$@" >/dev/null; }
for top in "${tops[@]}"; do
  lint "$top" sim/lint.vlt "${sources[@]}" || { echo "verilator refuses $top" >&2; exit 1; }
done
# The other place of the weights.
lint detector_axi -GWeightsFromMemory=1 sim/lint.vlt "${sources[@]}" || { echo "verilator refuses weights from a memory" >&2; exit 1; }
echo "verilator: ${#tops[@]} modules lint clean"
# Newer Verilators refuse a generate block without a name. Yosys prints one as a node without a text (str).
named() {
  local unnamed
  unnamed=$(yosys -p "read_verilog -sv -dump_ast1 $*" | grep -E 'AST_GENBLOCK .*\]$') || return 0
  printf 'a generate block has no name:\n%s\n' "$unnamed" >&2
  return 1
}
if command -v iverilog >/dev/null; then
  # Its warning of $error in always_ff is about assertions, which synthesis does not see.
  for memory in 0 1; do
    words=(-g2012 -s detector_axi "-Pdetector_axi.WeightsFromMemory=$memory" -o /dev/null "${sources[@]}")
    iverilog -Wall "${words[@]}" 2>&1 | grep -v 'System task .* cannot be synthesized' || true
    iverilog "${words[@]}" 2>/dev/null
  done
  echo "icarus: detector_axi elaborates"
fi
if command -v yosys >/dev/null; then
  named "${sources[@]}"
  for memory in 0 1; do
    yosys -q -p "read_verilog -sv -DSYNTHESIS ${sources[*]}; chparam -set WeightsFromMemory $memory detector_axi; hierarchy -check -top detector_axi"
  done
  echo "yosys: detector_axi elaborates"
fi
example=(examples/streaming-conv/rtl/line_window.sv examples/streaming-conv/rtl/streaming_conv.sv)
lint streaming_conv "${example[@]}"
# Plain Verilog, for tools that know no SystemVerilog.
plain=examples/bram-conv/rtl/bram_conv.v
lint bram_conv --default-language 1364-2005 "$plain"
if command -v iverilog >/dev/null; then iverilog -g2005 -Wall -s bram_conv -o /dev/null "$plain"; fi
if command -v yosys >/dev/null; then
  named "${example[@]}" "$plain"
  yosys -q -p "read_verilog $plain; hierarchy -check -top bram_conv; proc; opt; check -assert"
fi
through_axi=(examples/axi-conv/rtl/{axil_registers,axi_reader,axi_writer,axi_conv}.sv)
lint axi_conv "${through_axi[@]}"
if command -v iverilog >/dev/null; then iverilog -g2012 -s axi_conv -o /dev/null "${through_axi[@]}"; fi
if command -v yosys >/dev/null; then
  named "${through_axi[@]}"
  yosys -q -p "read_verilog -sv ${through_axi[*]}; hierarchy -check -top axi_conv; proc; check -assert"
fi
echo "verilator: examples/ lint clean"
