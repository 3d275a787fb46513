// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// Decodes the box of one anchor: the integer softmax expectation over the bins of the distribution focal loss (clause
// A-8), and the score of its code (A-9). The four sides run through three stages, 16 cycles a side:
//
//   load    cycle  0 to  63   logits from feature memory, and the largest of them
//   sum     cycle 20 to  83   den = sum of e, num = sum of bin * e, e = E[largest - logit]
//   divide  cycle 44 to 107   (num * stride * 16 + den / 2) / den
//
// Model: `decodeSide` and `decodeBox` in src/golden/head-spec.ts. Latency 114 cycles from in_valid_i to out_valid_o;
// one box at a time. clear_i drops the box at work.
module box_decode #(
  // Lanes of a feature word
  parameter int PI = 16,
  // A: bits of a code
  parameter int ActivationBits = 8,
  // Pixels a cycle of the engine; there are 2 * PX feature banks
  parameter int PX = 4,
  // Levels at most, 1 to 5
  parameter int MaxLevels = 3,
  localparam int A = ActivationBits,
  localparam int BankBits = $clog2(2 * PX),
  localparam int LevelBits = assay_pkg::LevelBits,
  localparam int IndexBits = assay_pkg::addressBits(MaxLevels),
  localparam int PlaceBits = 46 + IndexBits
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  input  logic                           clear_i,
  // The levels of the DETECT instruction, and the bins of a side, 1 to 16
  input  logic [MaxLevels*LevelBits-1:0] levels_i,
  input  logic [4:0]                     bins_i,
  // A candidate: its place as class_score gives it, its class above that, its code
  input  logic                           in_valid_i,
  output logic                           in_ready_o,
  input  logic [PlaceBits+9:0]           in_place_i,
  input  logic [A-1:0]                   in_code_i,
  // Feature memory: data two cycles after the address
  output logic                           read_valid_o,
  output logic [31:0]                    read_row_o,
  output logic [BankBits-1:0]            read_bank_o,
  input  logic [PI*A-1:0]                read_data_i,
  // Head ROM: E, then the scores; data one cycle after the address
  output logic [15:0]                    table_addr_o,
  input  logic [15:0]                    table_data_i,
  // A box, in the layout of box_data_o in docs/detector.md
  output logic                           out_valid_o,
  input  logic                           out_ready_i,
  output logic [127:0]                   out_data_o
);

  localparam int LaneBits = assay_pkg::addressBits(PI);
  // Cycles from a logit's address until the largest of its side is known.
  localparam logic [7:0] LoadCycles = 8'd20;

  // Order of work.
  typedef enum logic [2:0] {Idle, Level, Line, Address, Sides, Offer} state_e;
  state_e state_d, state_q;
  // Where loading and summing are: {side, bin}, and above that whether they are out of the four sides.
  logic [6:0] load_q;
  logic [7:0] sum_q;
  wire [2:0] sum_side = sum_q[6:4];
  logic divided;

  assign in_ready_o = state_q == Idle;
  assign out_valid_o = state_q == Offer;

  always_comb begin
    state_d = state_q;
    case (state_q)
      Idle: if (in_valid_i) state_d = Level;
      Level: state_d = Line;
      Line: state_d = Address;
      Address: state_d = Sides;
      Sides: if (sum_side == 3'd5 && divided) state_d = Offer;
      default: if (out_ready_i) state_d = Idle;
    endcase
    if (clear_i) state_d = Idle;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) state_q <= Idle;
    else state_q <= state_d;
  end

  always_ff @(posedge clk_i) begin
    if (state_q != Sides) begin
      load_q <= '0;
      sum_q <= -LoadCycles;
    end else begin
      load_q <= load_q + 7'd1;
      sum_q <= sum_q + 8'd1;
    end
  end

  // The anchor: where it lies in memory and in the image.
  logic [PlaceBits+9:0] place_q;
  logic [A-1:0] code_q;
  logic [31:0] base_q, plane_q, row_q;
  logic [22:0] line_q, line_qq;
  logic [2:0] stride_q;
  logic [15:0] centre_x_q, centre_y_q, score_q;
  wire [LevelBits-1:0] level = assay_pkg::levelAt(800'(levels_i), 3'(place_q[46+:IndexBits]), MaxLevels);
  wire [2:0] log2_stride = level[assay_pkg::LevelLog2Stride+:3];
  wire [10:0] x = place_q[34:24];
  wire [10:0] y = place_q[45:35];

  // Load: the logits of a side, one a cycle.
  wire load = state_q == Sides && !load_q[6] && {1'b0, load_q[3:0]} < bins_i;
  logic asked_q, arriving_q, here_q, loaded_q, first_q;
  logic [LaneBits-1:0] lane_q, asked_lane_q, arriving_lane_q, here_lane_q;
  logic [5:0] asked_at_q, arriving_at_q, here_at_q, loaded_at_q;
  logic [PI*A-1:0] here_word_q;
  logic [A-1:0] loaded_code_q, max_q, largest_q;
  assign read_valid_o = load;
  assign read_row_o = row_q;
  assign read_bank_o = x[BankBits-1:0];

  always_ff @(posedge clk_i) begin
    case (state_q)
      Idle: if (in_valid_i) begin
        place_q <= in_place_i;
        code_q <= in_code_i;
      end
      Level: begin
        base_q <= level[assay_pkg::LevelBoxBase+:32];
        plane_q <= level[assay_pkg::LevelPlane+:32];
        line_q <= 23'(y) * 23'(level[assay_pkg::LevelPitch+:12]);
        stride_q <= log2_stride;
      end
      Line: begin
        base_q <= base_q + (32'(x) >> BankBits);
        line_qq <= line_q;
        centre_x_q <= 16'({x, 1'b1}) << (4'd3 + {1'b0, stride_q});
        centre_y_q <= 16'({y, 1'b1}) << (4'd3 + {1'b0, stride_q});
        score_q <= table_data_i;
      end
      Address: begin
        row_q <= base_q + 32'(line_qq);
        lane_q <= '0;
      end
      default: if (load) begin
        if (lane_q == LaneBits'(PI - 1)) begin
          lane_q <= '0;
          row_q <= row_q + plane_q;
        end else begin
          lane_q <= lane_q + 1'b1;
        end
      end
    endcase
  end

  logic [A-1:0] logits [64];

  // Flags without a reset: what is on its way is gone before a side can begin.
  always_ff @(posedge clk_i) begin
    asked_q <= load;
    arriving_q <= asked_q;
    here_q <= arriving_q;
    loaded_q <= here_q;
    if (load) begin
      asked_at_q <= load_q[5:0];
      asked_lane_q <= lane_q;
    end
    if (asked_q) begin
      arriving_at_q <= asked_at_q;
      arriving_lane_q <= asked_lane_q;
    end
    if (arriving_q) begin
      here_at_q <= arriving_at_q;
      here_lane_q <= arriving_lane_q;
      here_word_q <= read_data_i;
    end
    if (here_q) begin
      loaded_at_q <= here_at_q;
      loaded_code_q <= here_word_q[here_lane_q*A+:A];
      first_q <= here_at_q[3:0] == '0;
    end
    if (loaded_q) begin
      logits[loaded_at_q] <= loaded_code_q;
      if (first_q || loaded_code_q > max_q) max_q <= loaded_code_q;
    end
    // The cycle before the first logit of the side is looked at, and the last in which the next side has none loaded.
    if (sum_q[3:0] == '0) largest_q <= max_q;
  end

  // Sum: numerator and denominator of a side.
  wire sum = state_q == Sides && sum_q[7:6] == '0 && {1'b0, sum_q[3:0]} < bins_i;
  // A bin goes from its logit to the largest minus that, its e from the ROM, a register, and bin * e with another one.
  logic summing_q, dropped_q, looked_up_q, here_exp_q, product_q, summed_q;
  logic [3:0] summing_bin_q, dropped_bin_q, looked_up_bin_q, exp_bin_q;
  logic product_first_q, summed_first_q;
  logic [A-1:0] bin_code_q, drop_q;
  logic [15:0] exp_q, product_exp_q, summed_exp_q;
  logic [19:0] weighed_q, weighed_qq;
  // 16 * 65535 < 2^20; (1 + 2 + … + 15) * 65535 < 2^23.
  logic [19:0] den_q;
  logic [22:0] num_q;

  // The score is looked up while the anchor's address is made: in state Level, for its data in state Line.
  assign table_addr_o = state_q == Level ? 16'({1'b1, code_q}) : 16'(drop_q);

  always_ff @(posedge clk_i) begin
    summing_q <= sum;
    dropped_q <= summing_q;
    looked_up_q <= dropped_q;
    here_exp_q <= looked_up_q;
    product_q <= here_exp_q;
    summed_q <= product_q;
    if (sum) begin
      bin_code_q <= logits[sum_q[5:0]];
      summing_bin_q <= sum_q[3:0];
    end
    if (summing_q) begin
      drop_q <= largest_q - bin_code_q;
      dropped_bin_q <= summing_bin_q;
    end
    if (dropped_q) looked_up_bin_q <= dropped_bin_q;
    if (looked_up_q) begin
      exp_q <= table_data_i;
      exp_bin_q <= looked_up_bin_q;
    end
    if (here_exp_q) begin
      weighed_q <= 20'(exp_q) * 20'(exp_bin_q);
      product_exp_q <= exp_q;
      product_first_q <= exp_bin_q == '0;
    end
    if (product_q) begin
      weighed_qq <= weighed_q;
      summed_exp_q <= product_exp_q;
      summed_first_q <= product_first_q;
    end
    if (summed_q) begin
      den_q <= (summed_first_q ? 20'd0 : den_q) + 20'(summed_exp_q);
      num_q <= (summed_first_q ? 23'd0 : num_q) + 23'(weighed_qq);
    end
  end

  // Divide: the distance in sixteenths of a pixel. The expectation is at most 15 bins and the stride at most 2^7, so
  // that a distance is below 2^15. The sums of a side are there for one cycle.
  wire summing_done = state_q == Sides && sum_q[3:0] == 4'd6;
  wire divide = state_q == Sides && sum_q[3:0] == 4'd8 && !sum_q[7] && sum_side != 3'd0;
  logic [34:0] scaled_q, dividend_q;
  logic [19:0] divisor_q;
  logic [14:0] distance;
  logic [15:0] x0_q, y0_q, x1_q, y1_q;

  always_ff @(posedge clk_i) begin
    if (summing_done) begin
      scaled_q <= 35'(num_q) << (4'd4 + {1'b0, stride_q});
      divisor_q <= den_q;
    end
    dividend_q <= scaled_q + 35'(divisor_q[19:1]);
  end

  divider #(.DivisorBits(20), .QuotientBits(15)) u_divider (
    .clk_i,
    .rst_ni,
    .start_i(divide),
    .dividend_i(dividend_q),
    .divisor_i(divisor_q),
    .done_o(divided),
    .quotient_o(distance)
  );

  always_ff @(posedge clk_i) begin
    if (divided) begin
      case (sum_side)
        3'd2: x0_q <= centre_x_q - 16'(distance);
        3'd3: y0_q <= centre_y_q - 16'(distance);
        3'd4: x1_q <= centre_x_q + 16'(distance);
        default: y1_q <= centre_y_q + 16'(distance);
      endcase
    end
  end

  assign out_data_o = {place_q[23:0], 8'(code_q), score_q, 16'(place_q[PlaceBits+:10]), y1_q, x1_q, y0_q, x0_q};
endmodule
`default_nettype wire
