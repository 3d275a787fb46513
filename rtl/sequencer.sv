// Runs a program (docs/detector.md, "Program"): checks its header against this hardware, then for every instruction from
// first_i to last_i fetches it, loads its activation table, starts the engine or the detect head, and waits.
//
// Checks in this order: format (error 1), array and widths (2), memory (5), model id of the parameter ROM (3), instruction
// range (4); and at each instruction its opcode (4). An error ends the run.
//
// About 12 cycles a run and 36 an instruction, 2^P more where a table is loaded.
`default_nettype none

module sequencer #(
    // The hardware, as the header has to name it
    parameter int PI = 16,
    parameter int PO = 16,
    parameter int PX = 4,
    parameter int WeightBits = 8,
    parameter int ActivationBits = 8,
    parameter int TableBits = 8,
    parameter int FeatureDepth = 1024,
    parameter int WeightDepth = 1024,
    parameter int ParamDepth = 64,
    parameter int TableDepth = 1024,
    parameter int ProgramDepth = 1024,
    localparam int ProgramAddressBits = assay_pkg::addressBits(ProgramDepth),
    localparam int TableAddressBits = assay_pkg::addressBits(TableDepth)
) (
    input  wire                           clk_i,
    input  wire                           rst_ni,
    input  wire                           start_i,
    input  wire  [                  15:0] first_i,
    input  wire  [                  15:0] last_i,
    output logic                          busy_o,
    output logic                          done_o,
    output logic [                   7:0] error_o,
    output logic [                  15:0] pc_o,
    // Program ROM
    output logic                          program_valid_o,
    output logic [ProgramAddressBits-1:0] program_addr_o,
    input  wire  [                  31:0] program_data_i,
    // Word 0 of the parameter ROM, from the cycle after id_valid_o on
    output logic                          id_valid_o,
    input  wire  [                  31:0] id_data_i,
    // Table ROM, and the tables
    output logic                          table_read_valid_o,
    output logic [  TableAddressBits-1:0] table_read_addr_o,
    output logic                          table_write_valid_o,
    output logic [         TableBits-1:0] table_write_addr_o,
    // The instruction, from the start pulse to the done pulse of the unit that runs it
    output logic [                1023:0] instr_o,
    output logic                          engine_start_o,
    input  wire                           engine_done_i,
    output logic                          head_start_o,
    input  wire                           head_done_i
);

  localparam logic [2:0] Idle = 3'd0;
  localparam logic [2:0] Header = 3'd1;
  localparam logic [2:0] Range = 3'd2;
  localparam logic [2:0] Fetch = 3'd3;
  localparam logic [2:0] Decode = 3'd4;
  localparam logic [2:0] Table = 3'd5;
  localparam logic [2:0] Start = 3'd6;
  localparam logic [2:0] Run = 3'd7;

  // The last header word that means anything.
  localparam logic [12:0] HeaderEnd = 13'd10;

  logic [2:0] state_q, state_d;
  logic [7:0] error_d;
  // Counts words read; the word of count - 1 is on the data port.
  logic [12:0] count_q, count_d;
  logic [15:0] pc_d, last_q;
  logic [31:0] id_q, length_q;
  wire [31:0] word = program_data_i;

  // A header word against what this hardware has.
  logic [7:0] header_error;
  always_comb begin
    header_error = assay_pkg::ErrorNone;
    case (count_q)
      13'd1: if (word != assay_pkg::Magic) header_error = assay_pkg::ErrorFormat;
      13'd2: if (word != assay_pkg::FormatVersion) header_error = assay_pkg::ErrorFormat;
      13'd3: if (word != {16'(PO), 16'(PI)}) header_error = assay_pkg::ErrorParameters;
      13'd4: if (word != {16'(WeightBits), 16'(PX)}) header_error = assay_pkg::ErrorParameters;
      13'd5: if (word != {16'(TableBits), 16'(ActivationBits)}) header_error = assay_pkg::ErrorParameters;
      13'd7: if ({word, 5'd0} + 37'd32 > 37'(ProgramDepth)) header_error = assay_pkg::ErrorDepth;
      13'd8: if (word > 32'(FeatureDepth)) header_error = assay_pkg::ErrorDepth;
      13'd9: if (word > 32'(WeightDepth)) header_error = assay_pkg::ErrorDepth;
      13'd10: if (word > 32'(ParamDepth)) header_error = assay_pkg::ErrorDepth;
      13'd11: if (word > 32'(TableDepth)) header_error = assay_pkg::ErrorDepth;
      default: header_error = assay_pkg::ErrorNone;
    endcase
  end

  wire [7:0] opcode = instr_o[7:0];
  wire is_detect = opcode == assay_pkg::OpDetect;
  wire is_known = opcode >= assay_pkg::OpConv && opcode <= assay_pkg::OpDetect;
  wire has_table = opcode == assay_pkg::OpConv && instr_o[512];

  always_comb begin
    state_d = state_q;
    error_d = error_o;
    count_d = count_q + 13'd1;
    pc_d = pc_o;
    case (state_q)
      Header: begin
        if (header_error != assay_pkg::ErrorNone) begin
          error_d = header_error;
          state_d = Idle;
        end else if (count_q == HeaderEnd + 13'd1) begin
          state_d = Range;
        end
      end
      Range: begin
        state_d = Fetch;
        count_d = 13'd0;
        if (id_data_i != id_q) begin
          error_d = assay_pkg::ErrorModel;
          state_d = Idle;
        end else if ({16'd0, last_q} >= length_q || pc_o > last_q) begin
          error_d = assay_pkg::ErrorInstruction;
          state_d = Idle;
        end
      end
      Fetch: if (count_q == 13'd32) state_d = Decode;
      Decode: begin
        count_d = 13'd0;
        state_d = has_table ? Table : Start;
        if (!is_known) begin
          error_d = assay_pkg::ErrorInstruction;
          state_d = Idle;
        end
      end
      Table: if (count_q == 13'd1 << TableBits) state_d = Start;
      Start: state_d = Run;
      Run: begin
        count_d = 13'd0;
        if (is_detect ? head_done_i : engine_done_i) begin
          state_d = pc_o == last_q ? Idle : Fetch;
          pc_d = pc_o == last_q ? pc_o : pc_o + 16'd1;
        end
      end
      default: begin
        count_d = 13'd0;
        if (start_i) begin
          state_d = Header;
          error_d = assay_pkg::ErrorNone;
          pc_d = first_i;
        end
      end
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
      error_o <= assay_pkg::ErrorNone;
      done_o <= 1'b0;
      count_q <= 13'd0;
      pc_o <= 16'd0;
    end else begin
      state_q <= state_d;
      error_o <= error_d;
      count_q <= count_d;
      pc_o <= pc_d;
      if (state_q == Idle) begin
        if (start_i) done_o <= 1'b0;
      end else if (state_d == Idle) begin
        done_o <= 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == Idle) last_q <= last_i;
    if (state_q == Header && count_q == 13'd6) id_q <= word;
    if (state_q == Header && count_q == 13'd7) length_q <= word;
    if (state_q == Fetch && count_q != 13'd0) instr_o <= {word, instr_o[1023:32]};
  end

  wire [21:0] instr_addr = {{1'b0, pc_o} + 17'd1, 5'd0};
  assign busy_o = state_q != Idle;
  assign id_valid_o = state_q == Header;
  assign program_valid_o = state_q == Header || state_q == Fetch;
  assign program_addr_o = ProgramAddressBits'(state_q == Header ? 32'(count_q) : 32'(instr_addr) + 32'(count_q));
  assign table_read_valid_o = state_q == Table;
  assign table_read_addr_o = TableAddressBits'(instr_o[480+:32] + 32'(count_q));
  assign table_write_valid_o = state_q == Table && count_q != 13'd0;
  assign table_write_addr_o = TableBits'(count_q - 13'd1);
  assign engine_start_o = state_q == Start && !is_detect;
  assign head_start_o = state_q == Start && is_detect;
endmodule
`default_nettype wire
