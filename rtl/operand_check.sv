// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// Whether an instruction can run on this hardware (docs/detector.md, "Program"): no size of nothing, a stride of 1 or 2, bits
// that the units have, and every row and word that it touches within its memory. What this refuses ends the run with error 6;
// without it a wrong program would wrap an address, and write a wrong tensor.
//
//   rows of a tensor:  base + (blocks - 1) * plane + (height - 1) * pitch + (width - 1) / 2PX  <  FeatureDepth
//   words of a CONV:   weight base + groups * kernel^2 * input blocks  <=  WeightDepth, parameters and table likewise
//
// One multiplier, a product every two cycles. Model: `runsOn` in test/rtl/operand-check.test.ts. Latency 5 cycles a tensor, 7 for
// the words of a CONV, and 1: 18 for a CONV, 16 for an ADD, 11 for the others, 10 a level and 1 for DETECT.
module operand_check #(
  // Input channels a cycle, the codes of a feature word
  parameter int PI = 16,
  // Output channels a cycle, a multiple of PI
  parameter int PO = 16,
  // Output pixels a cycle, a power of two
  parameter int PX = 4,
  // A: bits of a code
  parameter int ActivationBits = 8,
  // P: bits of an index of the activation table
  parameter int TableBits = 8,
  // Rows of a feature bank, at most 2^24
  parameter int FeatureDepth = 1024,
  // Words of the weight ROM
  parameter int WeightDepth = 1024,
  // Words of the parameter ROM
  parameter int ParamDepth = 64,
  // Words of the table ROM
  parameter int TableDepth = 1024,
  // Levels that the detect head takes, 1 to 5
  parameter int MaxLevels = 3
) (
  input  logic          clk_i,
  input  logic          rst_ni,
  // The instruction; it must hold until done_o
  input  logic          start_i,
  input  logic [1023:0] instr_i,
  output logic          done_o,
  // With done_o: it can run
  output logic          ok_o
);

  localparam int BankBits = $clog2(2 * PX);
  localparam int Blocks = PO / PI;

  wire [7:0] opcode = instr_i[assay_pkg::Opcode+:8];
  wire is_conv = opcode == assay_pkg::OpConv;
  wire is_add = opcode == assay_pkg::OpAdd;
  wire is_detect = opcode == assay_pkg::OpDetect;
  wire has_table = is_conv && instr_i[assay_pkg::HasTable];
  wire has_window = is_conv || opcode == assay_pkg::OpMaxPool;
  wire [15:0] in_blocks = instr_i[assay_pkg::InBlocks+:16];
  wire [15:0] out_blocks = instr_i[assay_pkg::OutBlocks+:16];
  wire [7:0] kernel = instr_i[assay_pkg::Kernel+:8];
  wire [7:0] stride = instr_i[assay_pkg::Stride+:8];
  wire [7:0] bits = instr_i[assay_pkg::RequantBits+:8];
  wire [16:0] groups = ({1'b0, out_blocks} + 17'(Blocks - 1)) / 17'(Blocks);
  wire [15:0] level_count = instr_i[assay_pkg::LevelCount+:16];
  wire [31:0] classes = instr_i[assay_pkg::Classes+:32];
  wire [31:0] bin_count = instr_i[assay_pkg::Bins+:32];

  // What no product is needed for.
  wire engine_ok = (in_blocks != 16'd0 || !is_conv) && out_blocks != 16'd0 && (kernel != 8'd0 || !has_window)
      && (stride == 8'd1 || stride == 8'd2 || is_add) && (bits != 8'd0 || !(is_conv || is_add))
      && bits <= (has_table ? 8'(TableBits) : 8'(ActivationBits));
  wire head_ok = level_count != 16'd0 && level_count <= 16'(MaxLevels) && classes != 32'd0 && classes <= 32'd1024
      && bin_count != 32'd0 && bin_count <= 32'd16 && instr_i[assay_pkg::IouThreshold+:32] <= 32'd1024;

  // Order of work: tensors (input, output, second input; of DETECT boxes and classes of each level), then words.
  typedef enum logic [1:0] {Idle, Tensor, Words, Done} state_e;
  state_e state_q;
  logic [3:0] tensor_q;
  logic [2:0] step_q;
  logic ok_q;
  wire last_tensor = tensor_q == (is_detect ? {level_count[2:0], 1'b0} : is_add ? 4'd3 : 4'd2) - 4'd1;

  // The tensor.
  wire [159:0] level = assay_pkg::levelAt(instr_i[assay_pkg::Levels+:800], tensor_q[3:1], MaxLevels);
  wire is_class = tensor_q[0];
  wire [9:0] level_channels = is_class ? 10'(classes - 32'd1) : 10'({bin_count, 2'd0} - 34'd1);
  // Base, plane, pitch, height and width, as the instruction has them: of the input, the output and the second input.
  wire [127:0] read = {instr_i[assay_pkg::InBase+:32], instr_i[assay_pkg::InPlane+:32], instr_i[assay_pkg::InPitch+:32],
                       instr_i[assay_pkg::InHeight+:16], instr_i[assay_pkg::InWidth+:16]};
  wire [31:0] out_size = {instr_i[assay_pkg::OutHeight+:16], instr_i[assay_pkg::OutWidth+:16]};
  wire [127:0] written = {instr_i[assay_pkg::OutBase+:32], instr_i[assay_pkg::OutPlane+:32],
                          instr_i[assay_pkg::OutPitch+:32], out_size};
  wire [127:0] second = {instr_i[assay_pkg::BBase+:32], instr_i[assay_pkg::BPlane+:32], instr_i[assay_pkg::BPitch+:32],
                         out_size};
  wire [31:0] level_base = is_class ? level[assay_pkg::LevelClassBase+:32] : level[assay_pkg::LevelBoxBase+:32];
  wire [127:0] logits = {level_base, level[assay_pkg::LevelPlane+:32], 16'd0, level[assay_pkg::LevelPitch+:16],
                         level[assay_pkg::LevelHeight+:16], level[assay_pkg::LevelWidth+:16]};
  wire [127:0] tensor = is_detect ? logits : tensor_q == 4'd0 ? read : tensor_q == 4'd1 ? written : second;
  wire [31:0] base = tensor[127:96];
  wire [31:0] plane = tensor[95:64];
  wire [31:0] pitch = tensor[63:32];
  wire [15:0] height = tensor[31:16];
  wire [15:0] width = tensor[15:0];
  wire [15:0] blocks = is_conv && tensor_q == 4'd0 ? in_blocks : out_blocks;
  wire [15:0] last_of_blocks = is_detect ? 16'(level_channels) / 16'(PI) : blocks - 16'd1;
  wire tensor_ok = width != 16'd0 && height != 16'd0 && base[31:24] == 8'd0 && plane[31:24] == 8'd0 && pitch[31:24] == 8'd0;
  wire stride_ok = !is_detect || level[assay_pkg::LevelLog2Stride+:16] <= 16'd7;

  // The multiplier.
  logic [39:0] product_q;
  logic [41:0] row_q;
  wire is_pitch = step_q[1];
  wire is_first = step_q[2:1] == 2'd0;
  wire [15:0] factor = step_q[2] ? in_blocks : {8'd0, kernel};
  wire [15:0] a = state_q == Words ? factor : is_pitch ? height - 16'd1 : last_of_blocks;
  wire [23:0] rows = is_pitch ? pitch[23:0] : plane[23:0];
  wire [23:0] b = state_q != Words ? rows : is_first ? {7'd0, groups} : product_q[23:0];
  wire too_large = |product_q[39:24];
  wire [40:0] weight_end = {1'b0, product_q} + {9'd0, instr_i[assay_pkg::WeightBase+:32]};
  wire [32:0] param_end = {16'd0, groups} + {1'b0, instr_i[assay_pkg::ParamBase+:32]};
  wire [32:0] table_end = (33'd1 << TableBits) + {1'b0, instr_i[assay_pkg::TableBase+:32]};
  wire words_ok = weight_end <= 41'(WeightDepth) && param_end <= 33'(ParamDepth)
      && (!has_table || table_end <= 33'(TableDepth));

  always_ff @(posedge clk_i) begin
    // A product stays for a cycle after its operands have: those of Words are made of it.
    if (!step_q[0]) product_q <= 40'(a) * 40'(b);
    if (step_q == 3'd0) row_q <= {18'd0, base[23:0]} + {26'd0, (width - 16'd1) >> BankBits};
    else if (step_q[0]) row_q <= row_q + {2'd0, product_q};
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
      ok_q <= 1'b0;
      tensor_q <= 4'd0;
      step_q <= 3'd0;
    end else begin
      case (state_q)
        Idle: begin
          tensor_q <= 4'd0;
          step_q <= 3'd0;
          ok_q <= is_detect ? head_ok : engine_ok;
          if (start_i) state_q <= Tensor;
        end
        Tensor: begin
          step_q <= step_q + 3'd1;
          if (!tensor_ok || !stride_ok) ok_q <= 1'b0;
          if (step_q == 3'd4) begin
            step_q <= 3'd0;
            tensor_q <= tensor_q + 4'd1;
            if (row_q >= 42'(FeatureDepth)) ok_q <= 1'b0;
            if (last_tensor) state_q <= is_conv ? Words : Done;
          end
        end
        Words: begin
          step_q <= step_q + 3'd1;
          if (step_q[0] && too_large) ok_q <= 1'b0;
          if (step_q == 3'd6) begin
            if (!words_ok) ok_q <= 1'b0;
            state_q <= Done;
          end
        end
        default: state_q <= Idle;
      endcase
      // Nothing of it is worth a further cycle.
      if (state_q != Idle && state_q != Done && !ok_q) state_q <= Done;
    end
  end

  assign done_o = state_q == Done;
  assign ok_o = ok_q;
endmodule
`default_nettype wire
