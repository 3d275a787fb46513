// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// Whether an instruction can run on this hardware (docs/detector.md, "Program"): no size of nothing, a stride of 1 or 2, bits
// that the units have, and every row and word that it touches within its memory. What this refuses ends the run with error 6;
// without it a wrong program would wrap an address, and write a wrong tensor.
//
//   rows of a tensor:  base + (blocks - 1) * plane + (height - 1) * pitch + (width - 1) / 2PX  <  FeatureDepth
//   words of a CONV:   weight base + groups * kernel^2 * input blocks  <=  WeightDepth, parameters and table likewise
//
// One multiplier takes four bits of a factor a cycle: products follow each other every four cycles, and each is there
// eight cycles after it was begun. Model: `runsOn` in test/rtl/operand-check.test.ts. Latency 37 cycles for a CONV, 33 for
// an ADD, 25 for the others, and 9 + 16 for each level of DETECT.
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
  // The instruction up to its word 11, and one word more in each of the cycles after; it must hold until done_o
  input  logic          start_i,
  input  logic [1023:0] instr_i,
  // Up to the next start
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
  wire [15:0] level_count = instr_i[assay_pkg::LevelCount+:16];
  wire [31:0] classes = instr_i[assay_pkg::Classes+:32];
  wire [31:0] bin_count = instr_i[assay_pkg::Bins+:32];

  // What no product is needed for: taken at the end, from registers that follow the instruction.
  logic engine_ok_q, head_ok_q, levels_ok_q, classes_ok_q, bins_ok_q, threshold_ok_q, params_ok_q, table_ok_q;
  logic [16:0] groups_q;
  logic [15:0] class_blocks_q, box_blocks_q;
  logic [32:0] param_end_q, table_end_q;
  always_ff @(posedge clk_i) begin
    engine_ok_q <= (kernel != 8'd0 || !has_window)
        && (is_add ? stride != 8'd2 : stride == 8'd1 || stride == 8'd2) && (bits != 8'd0 || !(is_conv || is_add))
        && bits <= (has_table ? 8'(TableBits) : 8'(ActivationBits));
    levels_ok_q <= level_count != 16'd0 && level_count <= 16'(MaxLevels);
    classes_ok_q <= classes != 32'd0 && classes <= 32'd1024;
    bins_ok_q <= bin_count != 32'd0 && bin_count <= 32'd16;
    threshold_ok_q <= instr_i[assay_pkg::IouThreshold+:32] <= 32'd1024;
    head_ok_q <= levels_ok_q && classes_ok_q && bins_ok_q && threshold_ok_q;
    groups_q <= ({1'b0, out_blocks} + 17'(Blocks - 1)) / 17'(Blocks);
    class_blocks_q <= (16'(classes[10:0]) + 16'(PI - 1)) / 16'(PI);
    box_blocks_q <= (16'({bin_count[4:0], 2'd0}) + 16'(PI - 1)) / 16'(PI);
    param_end_q <= {16'd0, groups_q} + {1'b0, instr_i[assay_pkg::ParamBase+:32]};
    params_ok_q <= param_end_q <= 33'(ParamDepth);
    table_end_q <= (33'd1 << TableBits) + {1'b0, instr_i[assay_pkg::TableBase+:32]};
    table_ok_q <= !has_table || table_end_q <= 33'(TableDepth);
  end

  // A job is a product, four cycles each. Of a CONV kernel^2 (Square) and groups * input blocks (Words) come first. Then two for
  // each tensor, of its planes and of its lines: the input, the output, the second input; of DETECT boxes and classes of each
  // level. The product of the first two ends a CONV.
  localparam logic [4:0] Square = 5'd30;
  localparam logic [4:0] Words = 5'd31;
  localparam logic [4:0] Weights = 5'd4;
  logic run_q, bad_q;
  logic [4:0] job_q;
  logic [1:0] digit_q;
  // Jobs that have been begun before this one, and those that are still behind the last one: two at the most.
  logic [1:0] begun_q, tail_q;
  wire [2:0] last_level = level_count[2:0] - 3'd1;
  wire [4:0] last_job = is_detect ? {last_level, 2'd3} : is_conv ? Weights : is_add ? 5'd5 : 5'd3;
  wire is_words = job_q == Square || job_q == Words;
  wire is_weights = is_conv && job_q == Weights;
  wire is_lines = job_q[0];

  // The tensor: base, plane, pitch, height and width, as the instruction has them.
  wire [159:0] level = assay_pkg::levelAt(instr_i[assay_pkg::Levels+:800], job_q[4:2], MaxLevels);
  wire is_class = job_q[1];
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
  wire [127:0] tensor = is_detect ? logits : job_q[2:1] == 2'd0 ? read : job_q[2:1] == 2'd1 ? written : second;
  wire [15:0] blocks = is_detect ? (is_class ? class_blocks_q : box_blocks_q)
                     : is_conv && job_q[2:1] == 2'd0 ? in_blocks : out_blocks;

  // First cycle of a job: a count, and what it is multiplied by. Of a tensor one less than the count, in the second cycle.
  logic [15:0] count_q, width_q, square_q, a_q, last_x_q;
  logic [31:0] base_q, rows_q;
  logic [23:0] words_q, b_q;
  logic [24:0] start_q;
  logic is_tensor_q, stride_bad_q, size_bad_q, place_bad_q;
  // Then a digit a cycle, the first one first: two partial products, their sum, and the sum of the digits.
  logic [25:0] low_q, high_q;
  logic [27:0] part_q;
  logic [28:0] product_q;
  logic over_q;
  wire too_large = over_q || product_q[28:24] != '0;
  // The sum of a tensor has 26 bits at the most.
  logic [25:0] row_q;
  logic [32:0] weight_end_q;
  logic row_bad_q, weight_bad_q;

  always_ff @(posedge clk_i) begin
    is_tensor_q <= !is_words && !is_weights;
    if (job_q == Square) count_q <= {8'd0, kernel};
    else if (job_q == Words) count_q <= in_blocks;
    else if (is_weights) count_q <= square_q;
    else count_q <= is_lines ? tensor[31:16] : blocks;
    if (job_q == Square) rows_q <= {24'd0, kernel};
    else if (job_q == Words) rows_q <= {15'd0, groups_q};
    else if (is_weights) rows_q <= {8'd0, words_q};
    else rows_q <= is_lines ? tensor[63:32] : tensor[95:64];
    base_q <= tensor[127:96];
    width_q <= tensor[15:0];
    stride_bad_q <= is_detect && level[assay_pkg::LevelLog2Stride+:16] > 16'd7;
    // The head counts pixels in 11 bits and takes 12 of a pitch.
    size_bad_q <= count_q == 16'd0 || (is_tensor_q && width_q == 16'd0)
        || (is_detect && ((is_lines && count_q > 16'd2048) || width_q > 16'd2048));
    place_bad_q <= rows_q[31:24] != 8'd0 || (is_tensor_q && (base_q[31:24] != 8'd0 || stride_bad_q))
        || (is_detect && is_lines && rows_q[15:12] != 4'd0);
    last_x_q <= width_q - 16'd1;
    start_q <= {1'b0, base_q[23:0]} + (25'(last_x_q) >> BankBits);
    if (digit_q == 2'd1) begin
      a_q <= is_tensor_q ? count_q - 16'd1 : count_q;
      b_q <= rows_q[23:0];
    end else a_q <= a_q << 4;

    low_q <= (a_q[12] ? {2'd0, b_q} : '0) + (a_q[13] ? {1'b0, b_q, 1'b0} : '0);
    high_q <= (a_q[14] ? {2'd0, b_q} : '0) + (a_q[15] ? {1'b0, b_q, 1'b0} : '0);
    part_q <= {2'd0, low_q} + {high_q, 2'd0};
    product_q <= (digit_q == 2'd0 ? '0 : {1'b0, product_q[23:0], 4'd0}) + {1'b0, part_q};
    over_q <= digit_q != 2'd0 && too_large;

    if (digit_q == 2'd0) begin
      if (job_q == 5'd0) square_q <= product_q[15:0];
      if (job_q == 5'd1) words_q <= product_q[23:0];
      row_q <= (is_lines ? row_q : {1'b0, start_q}) + {2'd0, product_q[23:0]};
      weight_end_q <= {9'd0, product_q[23:0]} + {1'b0, instr_i[assay_pkg::WeightBase+:32]};
    end
    row_bad_q <= row_q >= 26'(FeatureDepth);
    weight_bad_q <= weight_end_q > 33'(WeightDepth);
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      run_q <= 1'b0;
      done_o <= 1'b0;
    end else if (start_i) begin
      run_q <= 1'b1;
      done_o <= 1'b0;
    end else if (run_q && digit_q == 2'd3 && tail_q[1]) begin
      run_q <= 1'b0;
      done_o <= 1'b1;
    end
  end

  // They have a meaning from a start on.
  always_ff @(posedge clk_i) begin
    if (start_i) begin
      bad_q <= 1'b0;
      job_q <= is_conv ? Square : 5'd0;
      digit_q <= 2'd0;
      begun_q <= 2'd0;
      tail_q <= 2'd0;
    end else if (run_q) begin
      digit_q <= digit_q + 2'd1;
      case (digit_q)
        2'd0: if (begun_q[1] && too_large) bad_q <= 1'b1;
        2'd1: ;
        2'd2: begin
          if (!tail_q[0] && (size_bad_q || place_bad_q)) bad_q <= 1'b1;
          // A tensor's second product, of the job before the one before; that of Words is none of a tensor.
          if (begun_q[1] && is_lines && job_q != 5'd1 && row_bad_q) bad_q <= 1'b1;
          if (tail_q[1] && is_conv && (weight_bad_q || !params_ok_q || !table_ok_q)) bad_q <= 1'b1;
          if (tail_q[1] && !(is_detect ? head_ok_q : engine_ok_q)) bad_q <= 1'b1;
        end
        default: begin
          job_q <= job_q + 5'd1;
          begun_q <= {begun_q[0], 1'b1};
          tail_q <= {tail_q[0], tail_q[0] || job_q == last_job};
        end
      endcase
    end
  end

  assign ok_o = !bad_q;
endmodule
`default_nettype wire
