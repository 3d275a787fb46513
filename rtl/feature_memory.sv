// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// The feature memory: 2·PX banks of words of PI codes, each bank with one synchronous read port and one write port
// (docs/detector.md, "Feature memory").
//
// Pixel x of a row lies in bank x mod 2PX. A read takes 2PX neighbouring pixels, one from every bank, wherever they
// begin: banks below `read_shift_i` (the first pixel's bank) are read at the row after `read_row_i`, the others at
// it. A read of a word that is written in the same cycle gives the old word; the read words hold while `read_valid_i`
// is low.
//
// Model: `wordAddress` in src/rom/pack.ts. Latency 1, throughput one read and one write a cycle.
module feature_memory #(
  // Codes in a word
  parameter int PI = 16,
  // Half the number of banks, a power of two
  parameter int PX = 4,
  // Bits of a code
  parameter int ActivationBits = 8,
  // Rows of a bank
  parameter int Depth = 1024,
  localparam int Word = PI * ActivationBits,
  localparam int Banks = 2 * PX,
  localparam int BankBits = $clog2(Banks),
  localparam int RowBits = assay_pkg::addressBits(Depth)
) (
  input  logic                  clk_i,
  input  logic                  read_valid_i,
  input  logic [RowBits-1:0]    read_row_i,
  input  logic [BankBits-1:0]   read_shift_i,
  output logic [Banks*Word-1:0] read_data_o,
  input  logic                  write_valid_i,
  input  logic [RowBits-1:0]    write_row_i,
  input  logic [BankBits-1:0]   write_bank_i,
  input  logic [Word-1:0]       write_data_i
);

  initial begin
    if (PX < 1 || (PX & (PX - 1)) != 0) $fatal(1, "feature_memory: PX is %0d, must be a power of two", PX);
    if (PI < 1 || ActivationBits < 1 || Depth < 1) $fatal(1, "feature_memory: a size is below 1");
  end

  wire [RowBits-1:0] next_row = read_row_i + RowBits'(1);

  for (genvar b = 0; b < Banks; b++) begin : g_bank
    logic [Word-1:0] mem [assay_pkg::positive(Depth)];
    // A bit more than a bank's number has: no bank lies beyond the last.
    wire [RowBits-1:0] row = {1'b0, read_shift_i} > (BankBits + 1)'(b) ? next_row : read_row_i;

    // The word is read before it is written, by one process: a simulator then writes in place.
    always_ff @(posedge clk_i) begin
      if (read_valid_i) read_data_o[b*Word+:Word] <= mem[row];
      if (write_valid_i) begin
        if (write_bank_i == BankBits'(b)) mem[write_row_i] = write_data_i;
      end
    end
  end
endmodule
`default_nettype wire
