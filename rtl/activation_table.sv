// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// The activation table (clause A-5): code = table[index]. There is one copy a lane, so that `Lanes` codes are looked
// up in a cycle; a copy is one block RAM, and all are written at once. A layer without a table has `table_i` = 0,
// which passes the low bits of the index on. A beat that meets a write sees the old entry.
//
// Model: `convolve` in src/golden/conv.ts. Latency 2, throughput one beat a cycle.
module activation_table #(
  // Codes a cycle
  parameter int Lanes = 16,
  // P: bits of an index
  parameter int TableBits = 8,
  // A: bits of an entry
  parameter int ActivationBits = 8
) (
  input  logic                            clk_i,
  input  logic                            write_valid_i,
  input  logic [TableBits-1:0]            write_addr_i,
  input  logic [ActivationBits-1:0]       write_data_i,
  input  logic                            valid_i,
  input  logic                            table_i,
  input  logic [Lanes*TableBits-1:0]      index_i,
  output logic [Lanes*ActivationBits-1:0] code_o
);

  initial if (TableBits < ActivationBits) $fatal(1, "activation_table: TableBits is below ActivationBits");

  logic valid_q, table_q;
  wire [Lanes*ActivationBits-1:0] entry, code;
  always_ff @(posedge clk_i) valid_q <= valid_i;
  always_ff @(posedge clk_i) if (valid_i) table_q <= table_i;

  for (genvar i = 0; i < Lanes; i++) begin : g_lane
    logic [ActivationBits-1:0] mem [1<<TableBits];
    logic [ActivationBits-1:0] entry_q, code_q;

    // The entry is read before it is written, by one process: a simulator then writes in place.
    always_ff @(posedge clk_i) begin
      if (valid_i) begin
        entry_q <= mem[index_i[i*TableBits+:TableBits]];
        code_q <= index_i[i*TableBits+:ActivationBits];
      end
      if (write_valid_i) mem[write_addr_i] = write_data_i;
    end
    assign entry[i*ActivationBits+:ActivationBits] = entry_q;
    assign code[i*ActivationBits+:ActivationBits] = code_q;
  end

  always_ff @(posedge clk_i) begin
    if (valid_q) code_o <= table_q ? entry : code;
  end
endmodule
`default_nettype wire
