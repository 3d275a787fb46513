// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// A clock that stops while a unit has nothing to do: clk_o passes an edge of clk_i if enable_i was high before it.
//
// The gate serves simulation and ASICs. A simulator skips all the logic behind a clock that stands still, so a unit
// that works once a frame stands behind one. The enable is held while the clock is high, so that no pulse is cut
// short. An ASIC flow puts its own cell here. FPGA synthesis (SYNTHESIS) passes the clock: a unit must do the same
// without its gate.
//
// No clause and no model: a gate changes no result.
module clock_gate (
  input  logic clk_i,
  input  logic enable_i,
  output logic clk_o
);

`ifdef SYNTHESIS
  assign clk_o = clk_i;
`else
  logic held_enable;
  always_latch begin
    if (!clk_i) held_enable = enable_i;
  end
  assign clk_o = clk_i & held_enable;
`endif
endmodule
`default_nettype wire
