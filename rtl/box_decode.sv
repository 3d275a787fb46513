// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// Decodes the box of one anchor: the integer softmax expectation over the bins of the distribution focal loss (clause
// A-8), and the score of its code (A-9). The four sides run through three stages of one beat (20 cycles) each, so
// that six beats decode a box:
//
//   beat    0      1      2      3      4      5
//   load    left   top    right  bottom               logits from feature memory, and the largest of them
//   sum            left   top    right  bottom        den = sum of e, num = sum of bin * e, e = E[largest - logit]
//   divide                left   top    right  bottom (num * stride * 16 + den / 2) / den
//
// Model: `decodeSide` and `decodeBox` in src/golden/head-spec.ts. Latency 120 cycles from in_valid_i to out_valid_o;
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
  // Feature memory: data one cycle after the address
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
  // Cycles of a beat: 16 bins and the 4 cycles from a bin's address to its sum.
  localparam logic [4:0] LastCycle = 5'd19;

  // Order of work.
  typedef enum logic [2:0] {Idle, Level, Address, Beats, Offer} state_e;
  state_e state_d, state_q;
  logic [2:0] beat_q;
  logic [4:0] cycle_q;
  logic divided;

  assign in_ready_o = state_q == Idle;
  assign out_valid_o = state_q == Offer;

  always_comb begin
    state_d = state_q;
    case (state_q)
      Idle: if (in_valid_i) state_d = Level;
      Level: state_d = Address;
      Address: state_d = Beats;
      Beats: if (beat_q == 3'd5 && divided) state_d = Offer;
      default: if (out_ready_i) state_d = Idle;
    endcase
    if (clear_i) state_d = Idle;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) state_q <= Idle;
    else state_q <= state_d;
  end

  always_ff @(posedge clk_i) begin
    if (state_q != Beats) begin
      beat_q <= '0;
      cycle_q <= '0;
    end else if (cycle_q == LastCycle) begin
      beat_q <= beat_q + 3'd1;
      cycle_q <= '0;
    end else begin
      cycle_q <= cycle_q + 5'd1;
    end
  end

  // The anchor: where it lies in memory and in the image.
  logic [PlaceBits+9:0] place_q;
  logic [A-1:0] code_q;
  logic [31:0] base_q, plane_q, row_q;
  logic [22:0] line_q;
  logic [2:0] stride_q;
  logic [15:0] centre_x_q, centre_y_q, score_q;
  wire [LevelBits-1:0] level = assay_pkg::levelAt(800'(levels_i), 3'(place_q[46+:IndexBits]), MaxLevels);
  wire [2:0] log2_stride = level[assay_pkg::LevelLog2Stride+:3];
  wire [10:0] x = place_q[34:24];
  wire [10:0] y = place_q[45:35];

  // Load: the logits of a side, one a cycle.
  wire load = state_q == Beats && beat_q < 3'd4 && cycle_q < bins_i;
  logic loading_q, loaded_q, first_q;
  logic [LaneBits-1:0] lane_q, loading_lane_q;
  logic [5:0] loading_at_q, loaded_at_q;
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
        centre_x_q <= 16'({x, 1'b1}) << (4'd3 + {1'b0, log2_stride});
        centre_y_q <= 16'({y, 1'b1}) << (4'd3 + {1'b0, log2_stride});
      end
      Address: begin
        row_q <= base_q + 32'(line_q) + (32'(x) >> BankBits);
        lane_q <= '0;
        score_q <= table_data_i;
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

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      loading_q <= 1'b0;
      loaded_q <= 1'b0;
    end else begin
      loading_q <= load;
      loaded_q <= loading_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (load) begin
      loading_at_q <= {beat_q[1:0], cycle_q[3:0]};
      loading_lane_q <= lane_q;
    end
    if (loading_q) begin
      loaded_at_q <= loading_at_q;
      loaded_code_q <= read_data_i[loading_lane_q*A+:A];
      first_q <= loading_at_q[3:0] == '0;
    end
    if (loaded_q) begin
      logits[loaded_at_q] <= loaded_code_q;
      if (first_q || loaded_code_q > max_q) max_q <= loaded_code_q;
    end
    if (state_q == Beats && cycle_q == LastCycle) largest_q <= max_q;
  end

  // Sum: numerator and denominator of a side.
  wire sum = state_q == Beats && beat_q != 3'd0 && beat_q < 3'd5 && cycle_q < bins_i;
  logic summing_q, looked_up_q, summed_q;
  logic [3:0] summing_bin_q, looked_up_bin_q, summed_bin_q;
  logic [A-1:0] bin_code_q, drop_q;
  // 16 * 65535 < 2^20; (1 + 2 + … + 15) * 65535 < 2^23.
  logic [19:0] den_q;
  logic [22:0] num_q;

  // The score is looked up while the anchor's address is made: in state Level, for its data in state Address.
  assign table_addr_o = state_q == Level ? 16'({1'b1, code_q}) : 16'(drop_q);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      summing_q <= 1'b0;
      looked_up_q <= 1'b0;
      summed_q <= 1'b0;
    end else begin
      summing_q <= sum;
      looked_up_q <= summing_q;
      summed_q <= looked_up_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (sum) begin
      bin_code_q <= logits[{beat_q[1:0] - 2'd1, cycle_q[3:0]}];
      summing_bin_q <= cycle_q[3:0];
    end
    if (summing_q) begin
      drop_q <= largest_q - bin_code_q;
      looked_up_bin_q <= summing_bin_q;
    end
    if (looked_up_q) summed_bin_q <= looked_up_bin_q;
    if (summed_q) begin
      den_q <= (summed_bin_q == '0 ? 20'd0 : den_q) + 20'(table_data_i);
      num_q <= (summed_bin_q == '0 ? 23'd0 : num_q) + 23'(table_data_i) * 23'(summed_bin_q);
    end
  end

  // Divide: the distance in sixteenths of a pixel. The expectation is at most 15 bins and the stride at most 2^7, so
  // that a distance is below 2^15.
  wire divide = state_q == Beats && cycle_q == LastCycle && beat_q != 3'd0 && beat_q < 3'd5;
  wire [34:0] dividend = (35'(num_q) << (4'd4 + {1'b0, stride_q})) + 35'(den_q[19:1]);
  logic [14:0] distance;
  logic [15:0] x0_q, y0_q, x1_q, y1_q;

  divider #(.DivisorBits(20), .QuotientBits(15)) u_divider (
    .clk_i,
    .rst_ni,
    .start_i(divide),
    .dividend_i(dividend),
    .divisor_i(den_q),
    .done_o(divided),
    .quotient_o(distance)
  );

  always_ff @(posedge clk_i) begin
    if (divided) begin
      case (beat_q)
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
