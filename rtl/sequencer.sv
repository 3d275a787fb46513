// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// Runs a program (docs/detector.md, "Program"): checks its header against this hardware, then for every instruction
// from first_i to last_i fetches it, loads its activation table, starts the engine or the detect head, and waits.
//
// The checks in their order: format (error 1), array and widths (2), memory and levels (5), arithmetic (2), model id of
// the parameter ROM (3), instruction range (4); and at each instruction its opcode (4) and its operands (6). An error
// ends the run.
//
// A word of a ROM is taken into a register before anything looks at it. The operands are checked while the rest of the
// instruction is read.
//
// Model: src/rom/program.ts. Latency 18 cycles a run and 55 a CONV (ADD 51, the others 43) with operand_check, and
// 2^P + 2 more where a table is loaded.
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
  // Table ROM, and the tables: an entry is written two cycles after its read
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
  localparam logic [12:0] TableWords = 13'd1 << TableBits;

  typedef enum logic [3:0] {Idle, Header, Range, Fetch, Decode, Check, Table, Start, Run} state_e;
  state_e state_d, state_q;
  // Cycles in this state, and words whose read has begun; the word of count - 1 is on the data port.
  logic [12:0] count_q;
  // The last cycle of a state that reads.
  logic full_q;
  logic [15:0] last_q;
  logic [31:0] id_q;
  logic [15:0] length_q;

  // Header words against what this hardware has: what each has to be, or has to be at the most.
  localparam logic [1:0] Any = 2'd0;
  localparam logic [1:0] Same = 2'd1;
  localparam logic [1:0] Most = 2'd2;
  localparam logic [1:0] HalvesMost = 2'd3;
  function automatic logic [1:0] ruleOf(input logic [4:0] index);
    case (index)
      5'd0, 5'd1, 5'd2, 5'd3, 5'd4, 5'd11, 5'd12: ruleOf = Same;
      5'd6: ruleOf = HalvesMost;
      5'd7, 5'd8, 5'd9, 5'd10: ruleOf = Most;
      default: ruleOf = Any;
    endcase
  endfunction

  function automatic logic [7:0] errorOf(input logic [4:0] index);
    case (index)
      5'd0, 5'd1: errorOf = assay_pkg::ErrorFormat;
      5'd2, 5'd3, 5'd4, 5'd11, 5'd12: errorOf = assay_pkg::ErrorParameters;
      default: errorOf = assay_pkg::ErrorDepth;
    endcase
  endfunction

  function automatic logic [31:0] taken(input logic [4:0] index);
    case (index)
      5'd0: taken = assay_pkg::Magic;
      5'd1: taken = assay_pkg::FormatVersion;
      5'd2: taken = {16'(PO), 16'(PI)};
      5'd3: taken = {16'(WeightBits), 16'(PX)};
      5'd4: taken = {16'(TableBits), 16'(ActivationBits)};
      // A program without an instruction has 32 words.
      5'd6: taken = {16'(MaxLevels), 16'(assay_pkg::positive(ProgramDepth / 32) - 1)};
      5'd7: taken = 32'(FeatureDepth);
      5'd8: taken = 32'(WeightDepth);
      5'd9: taken = 32'(ParamDepth);
      5'd10: taken = 32'(TableDepth);
      5'd11: taken = 32'(RequantiseArithmetic);
      default: taken = 32'(AddArithmetic);
    endcase
  endfunction

  // The word at hand, two cycles after its read, what it is held against, and in the cycle after what came of it. An
  // index of no header word is Any.
  logic [31:0] word_q, taken_q, id_data_q;
  wire [4:0] index = count_q[4:0] - 5'd2;
  logic high_over_q, high_same_q, low_over_q, low_same_q;
  logic [1:0] rule_q;
  logic [7:0] code_q;
  always_ff @(posedge clk_i) begin
    if (state_q == Header || state_q == Fetch) word_q <= program_data_i;
    if (state_q == Header) begin
      taken_q <= taken(count_q[4:0] - 5'd1);
      high_over_q <= word_q[31:16] > taken_q[31:16];
      high_same_q <= word_q[31:16] == taken_q[31:16];
      low_over_q <= word_q[15:0] > taken_q[15:0];
      low_same_q <= word_q[15:0] == taken_q[15:0];
      code_q <= errorOf(index);
      id_data_q <= id_data_i;
    end
    rule_q <= state_q == Header ? ruleOf(index) : Any;
  end

  logic refused;
  always_comb begin
    case (rule_q)
      Any: refused = 1'b0;
      Same: refused = !high_same_q || !low_same_q;
      Most: refused = high_over_q || (high_same_q && low_over_q);
      default: refused = high_over_q || low_over_q;
    endcase
  end

  wire [7:0] opcode = instr_o[assay_pkg::Opcode+:8];
  wire is_detect = opcode == assay_pkg::OpDetect;
  wire has_table = opcode == assay_pkg::OpConv && instr_o[assay_pkg::HasTable];
  // What the state after looks at: of the range, which holds from the header on, and of the instruction at work.
  logic is_last_q, model_bad_q, range_bad_q, is_detect_q, has_table_q;
  always_ff @(posedge clk_i) begin
    is_last_q <= pc_o == last_q;
    model_bad_q <= id_data_q != id_q;
    range_bad_q <= last_q >= length_q || pc_o > last_q;
    is_detect_q <= is_detect;
    has_table_q <= has_table;
  end

  // The end of the unit, and why, a cycle later.
  logic ended_q, failed_q;
  logic [7:0] engine_error_q;
  always_ff @(posedge clk_i) begin
    ended_q <= state_q == Run && (is_detect_q ? head_done_i : engine_done_i);
    engine_error_q <= engine_error_i;
    failed_q <= !is_detect_q && engine_error_i != assay_pkg::ErrorNone;
  end

  logic checked, operands_ok;
  operand_check #(
    .PI(PI), .PO(PO), .PX(PX), .ActivationBits(ActivationBits), .TableBits(TableBits), .FeatureDepth(FeatureDepth),
    .WeightDepth(WeightDepth), .ParamDepth(ParamDepth), .TableDepth(TableDepth), .MaxLevels(MaxLevels)
  ) u_check (
    .clk_i,
    .rst_ni,
    .start_i(state_q == Fetch && count_q == 13'd14),
    .instr_i(instr_o),
    .done_o(checked),
    .ok_o(operands_ok)
  );

  // What ends the run before an instruction is started.
  logic [7:0] error_d;
  always_comb begin
    error_d = assay_pkg::ErrorNone;
    case (state_q)
      Header: if (refused) error_d = code_q;
      Range: begin
        if (model_bad_q) error_d = assay_pkg::ErrorModel;
        else if (range_bad_q) error_d = assay_pkg::ErrorInstruction;
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
      Header: if (full_q) state_d = Range;
      Range: state_d = Fetch;
      Fetch: if (full_q) state_d = Decode;
      Decode: state_d = Check;
      Check: begin
        if (checked) state_d = Start;
        if (checked && has_table_q) state_d = Table;
      end
      Table: if (full_q) state_d = Start;
      Start: state_d = Run;
      default: ;
    endcase
    if (error_d != assay_pkg::ErrorNone) state_d = Idle;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
      busy_o <= 1'b0;
      error_o <= assay_pkg::ErrorNone;
      done_o <= 1'b0;
      pc_o <= 16'd0;
    end else if (state_q == Idle) begin
      if (start_i) begin
        state_q <= Header;
        busy_o <= 1'b1;
        error_o <= assay_pkg::ErrorNone;
        done_o <= 1'b0;
        pc_o <= first_i;
      end
    end else if (state_q == Run) begin
      if (ended_q) begin
        state_q <= is_last_q || failed_q ? Idle : Fetch;
        busy_o <= !is_last_q && !failed_q;
        done_o <= is_last_q || failed_q;
        if (failed_q) error_o <= engine_error_q;
        else if (!is_last_q) pc_o <= pc_o + 16'd1;
      end
    end else begin
      state_q <= state_d;
      error_o <= error_d;
      busy_o <= state_d != Idle;
      done_o <= state_d == Idle;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!(state_q == Header || state_q == Fetch || state_q == Table) || full_q) begin
      count_q <= 13'd0;
      full_q <= 1'b0;
    end else begin
      count_q <= count_q + 13'd1;
      full_q <= count_q == (state_q == Header ? HeaderEnd + 13'd2 : state_q == Fetch ? 13'd32 : TableWords);
    end
  end

  always_ff @(posedge clk_i) begin
    case (state_q)
      Idle: last_q <= last_i;
      Header: begin
        if (index == 5'd5) id_q <= word_q;
        if (index == 5'd8) weight_words_o <= word_q;
        if (index == 5'd6) length_q <= word_q[15:0];
      end
      Fetch: for (int k = 0; k < 32; k++) if (count_q == 13'(k + 2)) instr_o[k*32+:32] <= word_q;
      default: ;
    endcase
  end

  // The words of the next instruction follow those of this one.
  always_ff @(posedge clk_i) begin
    if (state_q == Idle) program_addr_o <= '0;
    else if (state_q == Range) program_addr_o <= ProgramAddressBits'({{1'b0, pc_o} + 17'd1, 5'd0});
    else if (program_valid_o) program_addr_o <= program_addr_o + ProgramAddressBits'(1);
  end

  always_ff @(posedge clk_i) begin
    if (state_q == Table) table_read_addr_o <= table_read_addr_o + TableAddressBits'(1);
    else table_read_addr_o <= instr_o[assay_pkg::TableBase+:TableAddressBits];
    table_write_addr_o <= TableBits'(count_q - 13'd1);
    table_write_valid_o <= state_q == Table && count_q != 13'd0 && count_q <= TableWords;
  end

  assign id_valid_o = state_q == Header;
  assign program_valid_o = (state_q == Header && count_q <= HeaderEnd) || (state_q == Fetch && count_q < 13'd32);
  assign table_read_valid_o = state_q == Table && count_q < TableWords;
  assign engine_start_o = state_q == Start && !is_detect_q;
  assign head_start_o = state_q == Start && is_detect_q;

`ifndef SYNTHESIS
  // A unit ends while it is waited for.
  always @(posedge clk_i) if (rst_ni && (engine_done_i || head_done_i)) assert (state_q == Run && !ended_q);

  // What is refused, beside what this hardware has: the error's number alone names neither.
  logic [31:0] judged_q;
  always_ff @(posedge clk_i) if (state_q == Header) judged_q <= word_q;

  always_ff @(posedge clk_i) begin
    if (state_q == Header && error_d != assay_pkg::ErrorNone)
      $display("sequencer: the program's header word %0d is %h, this detector takes %h", count_q - 13'd3, judged_q,
               taken(count_q[4:0] - 5'd3));
    if (state_q == Range && model_bad_q)
      $display("sequencer: the program is of model %h, the parameter ROM of model %h", id_q, id_data_q);
  end
`endif
endmodule
`default_nettype wire
