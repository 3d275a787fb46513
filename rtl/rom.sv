// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// A read-only memory: synchronous read with an enable. The word holds while `read_valid_i` is low.
//
// OutputRegister = 1 adds the register of a block RAM's output, a cycle later: without it a word comes late in its cycle.
// In a simulation the address waits instead of the word, which is many bits.
//
// Synthesis takes the content from the `$readmemh` file that `File` names. In simulation a plusarg names the file, so
// that one build serves every model: `Plusarg` is its name, "weights" for `+weights=path`.
// A file that cannot be opened is fatal (a simulator would only warn, and go on with zeros). Without either the
// memory is left unset: a program of zeros is not a program (error 1 of docs/detector.md).
//
// Model: the ROMs of src/rom/emit.ts. Latency 1, or 2 with OutputRegister; throughput one read a cycle.
module rom #(
  // Bits of a word
  parameter int Width = 8,
  // Words
  parameter int Depth = 256,
  // Content for synthesis; "" for none
  parameter File = "",
  // Name of the plusarg that gives the content in simulation; "" for none
  parameter Plusarg = "",
  // 1: a register behind the memory
  parameter int OutputRegister = 0,
  localparam int AddressBits = assay_pkg::addressBits(Depth)
) (
  input  logic                   clk_i,
  input  logic                   read_valid_i,
  input  logic [AddressBits-1:0] read_addr_i,
  output logic [Width-1:0]       read_data_o
);

  // Some tools take LUTs for a small ROM unless they are told otherwise.
  (* rom_style = "block" *) logic [Width-1:0] mem [assay_pkg::positive(Depth)];

`ifdef SYNTHESIS
  initial if (File != "") $readmemh(File, mem);
`else
  localparam PlusargFormat = {Plusarg, "=%s"};
  string path;
  int file;
  initial begin
    path = File;
    if (Plusarg != "" && $value$plusargs(PlusargFormat, path)) begin
    end
    if (path != "") begin
      file = $fopen(path, "r");
      if (file == 0)
        $fatal(1, "rom: cannot open %s: run in the folder of the .mem files, or give the file with +%s=PATH", path, Plusarg);
      $fclose(file);
      $readmemh(path, mem);
    end
  end
`endif

  initial if (Width < 1 || Depth < 1) $fatal(1, "rom: Width and Depth must be at least 1");

  if (OutputRegister == 0) begin : g_read
    always_ff @(posedge clk_i) begin
      if (read_valid_i) read_data_o <= mem[read_addr_i];
    end
  end else begin : g_read
    logic valid_q;
    always_ff @(posedge clk_i) valid_q <= read_valid_i;
`ifdef SYNTHESIS
    logic [Width-1:0] data_q;
    always_ff @(posedge clk_i) begin
      if (read_valid_i) data_q <= mem[read_addr_i];
      if (valid_q) read_data_o <= data_q;
    end
`else
    logic [AddressBits-1:0] addr_q;
    always_ff @(posedge clk_i) begin
      addr_q <= read_addr_i;
      if (valid_q) read_data_o <= mem[addr_q];
    end
`endif
  end
endmodule
`default_nettype wire
