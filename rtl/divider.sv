// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// Unsigned divider, one quotient bit a cycle (restoring): quotient_o = ⌊dividend_i / divisor_i⌋, for clause A-8.
//
// The quotient has to fit: dividend_i < divisor_i * 2^QuotientBits. So the upper bits of the dividend start as a
// remainder that is below the divisor, and only QuotientBits steps are needed. A start while busy begins anew.
//
// Model: the division in `decodeSide`, src/golden/head-spec.ts. Latency QuotientBits + 1 from start_i to done_o,
// which is high for one cycle; the quotient holds until the next start.
module divider #(
  // Width of the divisor
  parameter int DivisorBits = 20,
  // Width of the quotient, and the number of steps
  parameter int QuotientBits = 15
) (
  input  logic                                clk_i,
  input  logic                                rst_ni,
  input  logic                                start_i,
  input  logic [DivisorBits+QuotientBits-1:0] dividend_i,
  input  logic [DivisorBits-1:0]              divisor_i,
  output logic                                done_o,
  output logic [QuotientBits-1:0]             quotient_o
);

  localparam int StepBits = $clog2(QuotientBits + 1);

  logic [StepBits-1:0] steps_q;
  logic [DivisorBits-1:0] remainder_q, divisor_q;
  // Dividend bits leave at the top while quotient bits enter at the bottom.
  logic [QuotientBits-1:0] shift_q;

  // The remainder with the next bit of the dividend, and whether the divisor goes into it.
  wire [DivisorBits:0] trial = {remainder_q, shift_q[QuotientBits-1]};
  wire fits = trial >= {1'b0, divisor_q};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      steps_q <= '0;
      done_o <= 1'b0;
    end else if (start_i) begin
      steps_q <= StepBits'(QuotientBits);
      done_o <= 1'b0;
    end else if (steps_q != '0) begin
      steps_q <= steps_q - 1'b1;
      done_o <= steps_q == StepBits'(1);
    end else if (done_o) begin
      done_o <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      {remainder_q, shift_q} <= dividend_i;
      divisor_q <= divisor_i;
    end else if (steps_q != '0) begin
      remainder_q <= fits ? DivisorBits'(trial - {1'b0, divisor_q}) : trial[DivisorBits-1:0];
      shift_q <= {shift_q[QuotientBits-2:0], fits};
    end
  end

  assign quotient_o = shift_q;

`ifndef SYNTHESIS
  // The quotient fits.
  always @(posedge clk_i) begin
    if (rst_ni && start_i) begin
      assert (dividend_i[QuotientBits+:DivisorBits] < divisor_i)
        else $error("divider: %0d / %0d does not fit %0d bits", dividend_i, divisor_i, QuotientBits);
    end
  end
`endif
endmodule
`default_nettype wire
