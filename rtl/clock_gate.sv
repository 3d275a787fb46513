`default_nettype none

// A clock that stops while a unit has nothing to do: an edge of clk_i passes if enable_i was high before it.
//
// This is for simulation and for ASICs. A simulator skips all the logic behind a clock that stands still, which is why
// a unit that works once a frame is put behind one. The enable is held while the clock is high, so that no pulse is cut
// short. An ASIC flow puts its own cell here; FPGA synthesis (SYNTHESIS) passes the clock: a unit behind a gate does the
// same with and without it, or the gate would change the results.
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
