// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// Puts candidates in the total order of q_NMS and cuts them at the capacity (clauses A-10.2 and A-10.3), by a
// counting sort in two passes over the same stream:
//
//   clear   every counter is zeroed                                              2^A cycles
//   count   counter[code] = how many candidates have this code                   one candidate a cycle
//   rank    counter[code] = how many candidates have a larger code               2^A + 2 cycles
//   place   entry[counter[code]] = candidate where that is below Capacity; counter[code] += 1
//
// The stream arrives in ascending order of (anchor, class), and places of one code are given in order of arrival, so
// the entries stand in (code descending, anchor, class ascending), and which ones the capacity cuts does not depend
// on anything else. There is no comparator. Counters saturate at Capacity: no place beyond it is ever used.
//
// A counter is read, taken to a register, changed, and written, in four cycles; the three that are then under way are
// looked at for a newer value.
//
// Model: the sort by `compareCandidates` in src/golden/head-spec.ts. Throughput one candidate a cycle; an entry can
// be read three cycles after its candidate.
module candidate_sort #(
  // A: bits of a code
  parameter int ActivationBits = 8,
  // K: entries
  parameter int Capacity = 1024,
  // Bits that travel with a code
  parameter int PayloadBits = 58,
  localparam int A = ActivationBits,
  localparam int CountBits = $clog2(assay_pkg::positive(Capacity) + 1)
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  // Pulses; done_o is high for one cycle at the end of either. Neither while a candidate is valid
  input  logic                     clear_i,
  input  logic                     rank_i,
  output logic                     done_o,
  // The stream: counted while place_i is low, placed while it is high
  input  logic                     place_i,
  input  logic                     candidate_valid_i,
  input  logic [A-1:0]             candidate_code_i,
  input  logic [PayloadBits-1:0]   candidate_data_i,
  // Candidates counted since clear_i, and how many of them have an entry
  output logic [31:0]              total_o,
  output logic [CountBits-1:0]     stored_o,
  // An entry, {data, code}, one cycle after a read; it holds until the next
  input  logic                     read_valid_i,
  input  logic [CountBits-1:0]     read_addr_i,
  output logic [PayloadBits+A-1:0] read_data_o
);

  localparam int AddrBits = assay_pkg::addressBits(Capacity);

  logic [CountBits-1:0] counters [2**A];
  logic [PayloadBits+A-1:0] entries [assay_pkg::positive(Capacity)];

  // A sum of counters, before it saturates.
  localparam int SumBits = CountBits + A;

  function automatic logic [CountBits-1:0] saturate(input logic [SumBits-1:0] sum);
    saturate = sum > SumBits'(Capacity) ? CountBits'(Capacity) : sum[CountBits-1:0];
  endfunction

  // Clearing and ranking walk the codes from the largest down.
  logic clearing_q, ranking_q;
  logic [A-1:0] walk_q;

  // The way of a counter: its code is on the address; it is read; it is at work; it is written; it has been.
  // Ranking, or a candidate.
  logic rank_read_q, rank_work_q, read_q, work_q, place_q, work_place_q;
  logic [A-1:0] code_q, work_code_q;
  logic [PayloadBits-1:0] data_q, work_data_q;
  logic [CountBits-1:0] counter_q, work_counter_q;
  logic near_q, write_q, past_q;
  logic [A-1:0] write_code_q, past_code_q;
  logic [CountBits-1:0] write_counter_q, past_counter_q;
  // Candidates of larger codes.
  logic [SumBits-1:0] above_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      clearing_q <= 1'b0;
      ranking_q <= 1'b0;
      {rank_work_q, rank_read_q, work_q, read_q} <= '0;
      done_o <= 1'b0;
      total_o <= '0;
      above_q <= '0;
      stored_o <= '0;
    end else begin
      if (clear_i) begin
        clearing_q <= 1'b1;
        total_o <= '0;
      end else if (clearing_q && walk_q == '0) begin
        clearing_q <= 1'b0;
      end
      if (rank_i) ranking_q <= 1'b1;
      else if (ranking_q && walk_q == '0) ranking_q <= 1'b0;
      {rank_work_q, rank_read_q} <= {rank_read_q, ranking_q};
      {work_q, read_q} <= {read_q, candidate_valid_i};
      done_o <= (clearing_q && walk_q == '0) || (rank_work_q && !rank_read_q);
      if (candidate_valid_i && !place_i) total_o <= total_o + 32'd1;
      if (clear_i || rank_i) above_q <= '0;
      else if (rank_work_q) above_q <= above_q + SumBits'(work_counter_q);
      // After ranking, every candidate is above the lowest code.
      stored_o <= saturate(above_q);
    end
  end

  always_ff @(posedge clk_i) begin
    if (clear_i || rank_i) walk_q <= '1;
    else if (clearing_q || ranking_q) walk_q <= walk_q - 1'b1;
  end

  // The memory gives what was there three counters ago; the last one is still at work when this one is read.
  wire write_hit = write_q && write_code_q == code_q;
  wire past_hit = past_q && past_code_q == code_q;
  wire [CountBits-1:0] newer = write_hit ? write_counter_q : past_counter_q;
  wire [CountBits-1:0] counter = near_q ? write_counter_q : work_counter_q;
  wire full = counter == CountBits'(Capacity);

  always_ff @(posedge clk_i) begin
    if (ranking_q || candidate_valid_i) begin
      counter_q <= counters[ranking_q ? walk_q : candidate_code_i];
      code_q <= ranking_q ? walk_q : candidate_code_i;
      data_q <= candidate_data_i;
      place_q <= place_i;
    end
    if (rank_read_q || read_q) begin
      work_counter_q <= write_hit || past_hit ? newer : counter_q;
      work_code_q <= code_q;
      work_data_q <= data_q;
      work_place_q <= place_q;
      near_q <= work_q && work_code_q == code_q;
    end
    write_q <= clearing_q || rank_work_q || work_q;
    write_code_q <= clearing_q ? walk_q : work_code_q;
    write_counter_q <= clearing_q ? '0 : rank_work_q ? saturate(above_q) : full ? counter : counter + 1'b1;
    past_q <= write_q;
    past_code_q <= write_code_q;
    past_counter_q <= write_counter_q;
  end

  always_ff @(posedge clk_i) begin
    if (write_q) counters[write_code_q] <= write_counter_q;
  end

  always_ff @(posedge clk_i) begin
    if (work_q && work_place_q && !full) entries[counter[AddrBits-1:0]] <= {work_data_q, work_code_q};
  end

  always_ff @(posedge clk_i) begin
    if (read_valid_i) read_data_o <= entries[read_addr_i[AddrBits-1:0]];
  end
endmodule
`default_nettype wire
