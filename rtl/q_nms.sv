// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// Greedy, class-aware suppression (clauses A-10.4 and A-10.5). Boxes arrive in the total order of A-10.2; one is kept
// unless a kept box of its class suppresses it:
//
//   inter * (2^10 + T) > T * (area_a + area_b), which is inter / union > T / 2^10 without a divider.
//
// Kept boxes of one class form a list, the newest first, so that a box meets only those of its own class: one a
// cycle, and it stops at the first that suppresses it.
//
// Model: `overlaps` and the greedy loop of `detectSpec` in src/golden/head-spec.ts. A box that meets n takes n + 7
// cycles when it is kept; the worst case, one class and 299 boxes kept of 1024, is 274,000 cycles.
module q_nms #(
  // Boxes kept at most
  parameter int MaxDetections = 300,
  // Classes are below this
  parameter int MaxClasses = 1024
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  // A pulse forgets every kept box and the box at work
  input  logic         clear_i,
  // T of A-10, and max_det; both hold between clears
  input  logic [10:0]  threshold_i,
  input  logic [15:0]  limit_i,
  // Boxes in the layout of box_data_o in docs/detector.md; ready only when every box before is decided
  input  logic         in_valid_i,
  output logic         in_ready_o,
  input  logic [127:0] in_data_i,
  // max_det, or the memory's end, is reached
  output logic         full_o,
  output logic [15:0]  count_o,
  // A kept box, one cycle later; only while no box is at work
  input  logic [15:0]  box_addr_i,
  output logic [127:0] box_data_o
);

  localparam int IndexBits = assay_pkg::addressBits(MaxDetections);
  localparam int CountBits = $clog2(assay_pkg::positive(MaxDetections) + 1);
  localparam int ClassBits = assay_pkg::addressBits(MaxClasses);

  // A kept box [127:0], the one kept before it of the same class [128 +: IndexBits], whether there is one (top bit).
  logic [IndexBits+128:0] kept [assay_pkg::positive(MaxDetections)];
  // The newest kept box of each class. Nothing clears this memory: an index counts only if it is below the number of
  // kept boxes and that box is of the class in question (a sparse set, Briggs and Torczon 1993).
  logic [IndexBits-1:0] heads [MaxClasses];

  typedef enum logic [1:0] {Accept, Look, Compare, Keep} state_e;
  state_e state_d, state_q;
  logic [CountBits-1:0] count_q;
  logic [127:0] box_q;
  logic [IndexBits-1:0] head_q;
  logic [IndexBits+128:0] kept_q;
  // The stages of the comparison: read from memory, sides, areas, products.
  logic read_q, sides_q, areas_q, products_q;
  // The list of this class is not empty.
  logic linked_q;
  logic [43:0] inter_side_q, union_side_q;

  wire head_valid = CountBits'(head_q) < count_q;
  wire same = kept_q[64+:ClassBits] == box_q[64+:ClassBits];
  wire more = same && kept_q[IndexBits+128];
  wire suppressed = products_q && inter_side_q > union_side_q;
  wire pipe_busy = read_q || sides_q || areas_q || products_q;

  assign full_o = 16'(count_q) >= limit_i || count_q == CountBits'(MaxDetections);
  assign in_ready_o = state_q == Accept && !full_o;
  assign count_o = 16'(count_q);

  always_comb begin
    state_d = state_q;
    case (state_q)
      Accept: if (in_valid_i && in_ready_o) state_d = Look;
      Look: begin
        state_d = Keep;
        if (head_valid) state_d = Compare;
      end
      Compare: begin
        if (suppressed) state_d = Accept;
        else if (!pipe_busy) state_d = Keep;
      end
      default: state_d = Accept;
    endcase
    if (clear_i) state_d = Accept;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Accept;
      count_q <= '0;
    end else begin
      state_q <= state_d;
      if (clear_i) count_q <= '0;
      else if (state_q == Keep) count_q <= count_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    read_q <= state_d == Compare && (state_q == Look || (read_q && more));
    sides_q <= state_d == Compare && read_q && same;
    areas_q <= state_d == Compare && sides_q;
    products_q <= state_d == Compare && areas_q;
    if (state_q == Look) linked_q <= 1'b0;
    else if (read_q && same) linked_q <= 1'b1;
  end

  // Memories.
  assign box_data_o = kept_q[127:0];

  always_ff @(posedge clk_i) begin
    kept_q <= kept[state_q == Look ? head_q
        : state_q == Compare ? kept_q[128+:IndexBits] : box_addr_i[IndexBits-1:0]];
  end

  always_ff @(posedge clk_i) begin
    if (state_q == Accept && in_valid_i) begin
      box_q <= in_data_i;
      head_q <= heads[in_data_i[64+:ClassBits]];
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == Keep) begin
      kept[count_q[IndexBits-1:0]] <= {linked_q, head_q, box_q};
      heads[box_q[64+:ClassBits]] <= count_q[IndexBits-1:0];
    end
  end

  // The comparison. Corners are 16 bits, so sides are below 2^16, areas below 2^32, their sum below 2^33, both
  // products below 2^44.

  // hi - lo of two signed numbers where that is positive, else 0.
  function automatic logic [15:0] span(input logic signed [15:0] lo, input logic signed [15:0] hi);
    span = hi > lo ? hi - lo : '0;
  endfunction

  function automatic logic [15:0] larger(input logic signed [15:0] a, input logic signed [15:0] b);
    larger = a > b ? a : b;
  endfunction

  function automatic logic [15:0] smaller(input logic signed [15:0] a, input logic signed [15:0] b);
    smaller = a < b ? a : b;
  endfunction

  logic [15:0] inter_width_q, inter_height_q, kept_width_q, kept_height_q, width_q, height_q;
  logic [31:0] inter_q, area_q;
  logic [32:0] area_sum_q;
  wire [11:0] inter_factor = 12'd1024 + 12'(threshold_i);

  always_ff @(posedge clk_i) begin
    if (state_q == Look) begin
      width_q <= span(box_q[15:0], box_q[47:32]);
      height_q <= span(box_q[31:16], box_q[63:48]);
    end
    if (read_q) begin
      inter_width_q <= span(larger(box_q[15:0], kept_q[15:0]), smaller(box_q[47:32], kept_q[47:32]));
      inter_height_q <= span(larger(box_q[31:16], kept_q[31:16]), smaller(box_q[63:48], kept_q[63:48]));
      kept_width_q <= span(kept_q[15:0], kept_q[47:32]);
      kept_height_q <= span(kept_q[31:16], kept_q[63:48]);
      area_q <= 32'(width_q) * 32'(height_q);
    end
    if (sides_q) begin
      inter_q <= 32'(inter_width_q) * 32'(inter_height_q);
      area_sum_q <= 33'(kept_width_q) * 33'(kept_height_q) + 33'(area_q);
    end
    if (areas_q) begin
      inter_side_q <= 44'(inter_q) * 44'(inter_factor);
      union_side_q <= 44'(area_sum_q) * 44'(threshold_i);
    end
  end

`ifndef SYNTHESIS
  // A class that the memory has no place for would be taken for another.
  always @(posedge clk_i) begin
    if (rst_ni && in_valid_i) begin
      assert (32'(in_data_i[79:64]) < MaxClasses)
        else $error("q_nms: class %0d, MaxClasses is %0d", in_data_i[79:64], MaxClasses);
    end
  end
`endif
endmodule
`default_nettype wire
