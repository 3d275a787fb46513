// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// Runs a program (docs/detector.md, "Program"): checks its header against this hardware, then for every instruction
// from first_i to last_i fetches it, loads its activation table, starts the engine or the detect head, and waits.
//
// The checks in their order: format (error 1), array and widths (2), memory and levels (5), arithmetic (2), model id of
// the parameter ROM (3), instruction range (4); and at each instruction its opcode (4) and its operands (6). An error
// ends the run.
//
// Model: src/rom/program.ts. Latency about 14 cycles a run and 36 an instruction, with those of
// operand_check, and 2^P more where a table is loaded.
module sequencer #(
  // Input channels a cycle, the codes of a feature word
  parameter int PI = 16,
  // Output channels a cycle, a multiple of PI
  parameter int PO = 16,
  // Output pixels a cycle, a power of two
  parameter int PX = 4,
  // W: bits of a weight
  parameter int WeightBits = 8,
  // A: bits of a code
  parameter int ActivationBits = 8,
  // P: bits of an index of the activation table
  parameter int TableBits = 8,
  // Rows of a feature bank
  parameter int FeatureDepth = 1024,
  // Words of the weight ROM
  parameter int WeightDepth = 1024,
  // Words of the parameter ROM
  parameter int ParamDepth = 64,
  // Words of the table ROM
  parameter int TableDepth = 1024,
  // Words of the program ROM
  parameter int ProgramDepth = 1024,
  // Levels that the detect head takes
  parameter int MaxLevels = 3,
  // The arithmetic of requantise and of add_codes; 0: `assay`
  parameter int RequantiseArithmetic = 0,
  parameter int AddArithmetic = 0,
  localparam int ProgramAddressBits = assay_pkg::addressBits(ProgramDepth),
  localparam int TableAddressBits = assay_pkg::addressBits(TableDepth)
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic                          start_i,
  input  logic [15:0]                   first_i,
  input  logic [15:0]                   last_i,
  output logic                          busy_o,
  output logic                          done_o,
  output logic [7:0]                    error_o,
  output logic [15:0]                   pc_o,
  // Program ROM
  output logic                          program_valid_o,
  output logic [ProgramAddressBits-1:0] program_addr_o,
  input  logic [31:0]                   program_data_i,
  // Word 0 of the parameter ROM, from the cycle after id_valid_o on
  output logic                          id_valid_o,
  input  logic [31:0]                   id_data_i,
  // Table ROM, and the tables
  output logic                          table_read_valid_o,
  output logic [TableAddressBits-1:0]   table_read_addr_o,
  output logic                          table_write_valid_o,
  output logic [TableBits-1:0]          table_write_addr_o,
  // Header word 8, from the first instruction on
  output logic [31:0]                   weight_words_o,
  // The instruction, from the start pulse to the done pulse of the unit that runs it
  output logic [1023:0]                 instr_o,
  output logic                          engine_start_o,
  input  logic                          engine_done_i,
  // At the done pulse: ErrorNone, or why the engine has not finished
  input  logic [7:0]                    engine_error_i,
  output logic                          head_start_o,
  input  logic                          head_done_i
);

  // The last header word that means anything.
  localparam logic [12:0] HeaderEnd = 13'd12;

  typedef enum logic [3:0] {Idle, Header, Range, Fetch, Decode, Check, Table, Start, Run} state_e;
  state_e state_d, state_q;
  // Words read in this state; the word of count - 1 is on the data port.
  logic [12:0] count_q;
  logic [15:0] last_q;
  logic [31:0] id_q;
  logic [15:0] length_q;

  // A header word against what this hardware has.
  function automatic logic [7:0] check(input logic [12:0] index, input logic [31:0] word);
    check = assay_pkg::ErrorNone;
    case (index)
      13'd0: if (word != assay_pkg::Magic) check = assay_pkg::ErrorFormat;
      13'd1: if (word != assay_pkg::FormatVersion) check = assay_pkg::ErrorFormat;
      13'd2: if (word != {16'(PO), 16'(PI)}) check = assay_pkg::ErrorParameters;
      13'd3: if (word != {16'(WeightBits), 16'(PX)}) check = assay_pkg::ErrorParameters;
      13'd4: if (word != {16'(TableBits), 16'(ActivationBits)}) check = assay_pkg::ErrorParameters;
      13'd6: if ({11'd0, word[15:0], 5'd0} + 32'd32 > 32'(ProgramDepth) || word[31:16] > 16'(MaxLevels))
        check = assay_pkg::ErrorDepth;
      13'd7: if (word > 32'(FeatureDepth)) check = assay_pkg::ErrorDepth;
      13'd8: if (word > 32'(WeightDepth)) check = assay_pkg::ErrorDepth;
      13'd9: if (word > 32'(ParamDepth)) check = assay_pkg::ErrorDepth;
      13'd10: if (word > 32'(TableDepth)) check = assay_pkg::ErrorDepth;
      13'd11: if (word != 32'(RequantiseArithmetic)) check = assay_pkg::ErrorParameters;
      13'd12: if (word != 32'(AddArithmetic)) check = assay_pkg::ErrorParameters;
      default: check = assay_pkg::ErrorNone;
    endcase
  endfunction

  // The largest index, of no header word, before the first word is there.
  wire [12:0] header_index = count_q - 13'd1;
  wire [7:0] header_error = check(header_index, program_data_i);
  wire [7:0] opcode = instr_o[assay_pkg::Opcode+:8];
  wire is_detect = opcode == assay_pkg::OpDetect;
  wire has_table = opcode == assay_pkg::OpConv && instr_o[assay_pkg::HasTable];
  wire last = pc_o == last_q;
  wire is_failed = !is_detect && engine_error_i != assay_pkg::ErrorNone;

  logic checked, operands_ok;
  operand_check #(
    .PI(PI), .PO(PO), .PX(PX), .ActivationBits(ActivationBits), .TableBits(TableBits), .FeatureDepth(FeatureDepth),
    .WeightDepth(WeightDepth), .ParamDepth(ParamDepth), .TableDepth(TableDepth), .MaxLevels(MaxLevels)
  ) u_check (
    .clk_i,
    .rst_ni,
    .start_i(state_q == Decode),
    .instr_i(instr_o),
    .done_o(checked),
    .ok_o(operands_ok)
  );

  // What ends the run before an instruction is started.
  logic [7:0] error_d;
  always_comb begin
    error_d = assay_pkg::ErrorNone;
    case (state_q)
      Header: error_d = header_error;
      Range: begin
        if (id_data_i != id_q) error_d = assay_pkg::ErrorModel;
        else if (last_q >= length_q || pc_o > last_q) error_d = assay_pkg::ErrorInstruction;
      end
      Decode: if (opcode < assay_pkg::OpConv || opcode > assay_pkg::OpDetect) error_d = assay_pkg::ErrorInstruction;
      Check: if (checked && !operands_ok) error_d = assay_pkg::ErrorOperand;
      default: ;
    endcase
  end

  // What follows a state by itself. Idle ends with start_i, Run with the unit: inputs of the register's process, so
  // that a simulator has nothing to do for them while the clock stands still.
  always_comb begin
    state_d = state_q;
    case (state_q)
      Header: if (count_q == HeaderEnd + 13'd1) state_d = Range;
      Range: state_d = Fetch;
      Fetch: if (count_q == 13'd32) state_d = Decode;
      Decode: state_d = Check;
      Check: begin
        if (checked) state_d = Start;
        if (checked && has_table) state_d = Table;
      end
      Table: if (count_q == 13'd1 << TableBits) state_d = Start;
      Start: state_d = Run;
      default: ;
    endcase
    if (error_d != assay_pkg::ErrorNone) state_d = Idle;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
      error_o <= assay_pkg::ErrorNone;
      done_o <= 1'b0;
      pc_o <= 16'd0;
    end else if (state_q == Idle) begin
      if (start_i) begin
        state_q <= Header;
        error_o <= assay_pkg::ErrorNone;
        done_o <= 1'b0;
        pc_o <= first_i;
      end
    end else if (state_q == Run) begin
      if (is_detect ? head_done_i : engine_done_i) begin
        state_q <= last || is_failed ? Idle : Fetch;
        done_o <= last || is_failed;
        if (is_failed) error_o <= engine_error_i;
        else if (!last) pc_o <= pc_o + 16'd1;
      end
    end else begin
      state_q <= state_d;
      error_o <= error_d;
      done_o <= state_d == Idle;
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == Idle || state_q == Run || state_d != state_q) count_q <= 13'd0;
    else if (program_valid_o || table_read_valid_o) count_q <= count_q + 13'd1;
  end

  always_ff @(posedge clk_i) begin
    case (state_q)
      Idle: last_q <= last_i;
      Header: begin
        if (header_index == 13'd5) id_q <= program_data_i;
        if (header_index == 13'd8) weight_words_o <= program_data_i;
        if (header_index == 13'd6) length_q <= program_data_i[15:0];
      end
      Fetch: for (int k = 0; k < 32; k++) if (count_q == 13'(k + 1)) instr_o[k*32+:32] <= program_data_i;
      default: ;
    endcase
  end

  wire [21:0] instr_addr = {{1'b0, pc_o} + 17'd1, 5'd0};
  assign busy_o = state_q != Idle;
  assign id_valid_o = state_q == Header;
  assign program_valid_o = state_q == Header || state_q == Fetch;
  assign program_addr_o = ProgramAddressBits'(state_q == Header ? 32'(count_q) : 32'(instr_addr) + 32'(count_q));
  assign table_read_valid_o = state_q == Table;
  assign table_read_addr_o = TableAddressBits'(instr_o[assay_pkg::TableBase+:32] + 32'(count_q));
  assign table_write_valid_o = state_q == Table && count_q != 13'd0;
  assign table_write_addr_o = TableBits'(count_q - 13'd1);
  assign engine_start_o = state_q == Start && !is_detect;
  assign head_start_o = state_q == Start && is_detect;

`ifndef SYNTHESIS
  // What is refused, beside what this hardware has: the error's number alone names neither.
  function automatic logic [31:0] taken(input logic [12:0] index);
    case (index)
      13'd0: taken = assay_pkg::Magic;
      13'd1: taken = assay_pkg::FormatVersion;
      13'd2: taken = {16'(PO), 16'(PI)};
      13'd3: taken = {16'(WeightBits), 16'(PX)};
      13'd4: taken = {16'(TableBits), 16'(ActivationBits)};
      13'd6: taken = {16'(MaxLevels), 16'(ProgramDepth / 32 - 1)};
      13'd7: taken = 32'(FeatureDepth);
      13'd8: taken = 32'(WeightDepth);
      13'd9: taken = 32'(ParamDepth);
      13'd10: taken = 32'(TableDepth);
      13'd11: taken = 32'(RequantiseArithmetic);
      default: taken = 32'(AddArithmetic);
    endcase
  endfunction

  always_ff @(posedge clk_i) begin
    if (state_q == Header && error_d != assay_pkg::ErrorNone)
      $display("sequencer: the program's header word %0d is %h, this detector takes %h", header_index, program_data_i,
               taken(header_index));
    if (state_q == Range && id_data_i != id_q)
      $display("sequencer: the program is of model %h, the parameter ROM of model %h", id_q, id_data_i);
  end
`endif
endmodule
`default_nettype wire
