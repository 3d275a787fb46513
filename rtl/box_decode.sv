`default_nettype none

// Decodes the box of one anchor: integer softmax expectation over the bins of the distribution focal loss (A-8 of
// docs/arithmetic.md), and the score of its code (A-9). Model: `decodeSide` and `decodeBox` in src/golden/head-spec.ts.
//
// The four sides run through three stages of one beat (20 cycles) each, so that six beats decode a box:
//
//   beat    0      1      2      3      4      5
//   load    left   top    right  bottom               logits from feature memory, and the largest of them
//   sum            left   top    right  bottom        den = sum of e, num = sum of bin * e, e = E[largest - logit]
//   divide                left   top    right  bottom (num * stride * 16 + den / 2) / den
//
// One box takes 120 cycles from in_valid_i to out_valid_o. Both are valid/ready streams; clear_i drops the box at work.
module box_decode #(
  // Lanes of a feature word
  parameter int PI = 16,
  // A: bits of a code
  parameter int ActivationBits = 8,
  // Pixels a cycle of the engine; there are 2 * PX feature banks
  parameter int PX = 4
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic                         clear_i,
  // Words 8 to 25 of the DETECT instruction (six words a level), and the bins of a side, 1 to 16.
  input  logic [575:0]                 levels_i,
  input  logic [4:0]                   bins_i,
  // A candidate: anchor [23:0], x [34:24], y [45:35], level [47:46], class [57:48].
  input  logic                         in_valid_i,
  output logic                         in_ready_o,
  input  logic [57:0]                  in_place_i,
  input  logic [ActivationBits-1:0]    in_code_i,
  // Feature memory: data one cycle after the address.
  output logic                         read_valid_o,
  output logic [31:0]                  read_row_o,
  output logic [$clog2(2*PX)-1:0]      read_bank_o,
  input  logic [PI*ActivationBits-1:0] read_data_i,
  // Head ROM: E, then the scores; data one cycle after the address.
  output logic [15:0]                  table_addr_o,
  input  logic [15:0]                  table_data_i,
  // A box, in the layout of box_data_o of docs/detector.md.
  output logic                         out_valid_o,
  input  logic                         out_ready_i,
  output logic [127:0]                 out_data_o
);

  localparam int A = ActivationBits;
  localparam int LaneBits = PI == 1 ? 1 : $clog2(PI);
  localparam int BankBits = $clog2(2 * PX);
  // Cycles of a beat: 16 bins and the 4 cycles from a bin's address to its sum.
  localparam logic [4:0] LastCycle = 5'd19;

  // Order of work.

  localparam logic [2:0] Idle = 3'd0, Level = 3'd1, Address = 3'd2, Beats = 3'd3, Offer = 3'd4;
  logic [2:0] state_q, beat_q;
  logic [4:0] cycle_q;
  logic divided;

  assign in_ready_o = state_q == Idle;
  assign out_valid_o = state_q == Offer;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
      beat_q <= '0;
      cycle_q <= '0;
    end else if (clear_i) begin
      state_q <= Idle;
    end else begin
      case (state_q)
        Idle: if (in_valid_i) state_q <= Level;
        Level: state_q <= Address;
        Address: begin
          state_q <= Beats;
          beat_q <= '0;
          cycle_q <= '0;
        end
        Beats: if (beat_q == 3'd5 && divided) begin
          state_q <= Offer;
        end else if (cycle_q == LastCycle) begin
          beat_q <= beat_q + 3'd1;
          cycle_q <= '0;
        end else begin
          cycle_q <= cycle_q + 5'd1;
        end
        Offer: if (out_ready_i) state_q <= Idle;
        default: state_q <= Idle;
      endcase
    end
  end

  // The anchor: where it lies in memory and in the image.

  logic [57:0] place_q;
  logic [A-1:0] code_q;
  logic [31:0] base_q, plane_q, row_q;
  logic [22:0] line_q;
  logic [2:0] stride_q;
  logic [15:0] centre_x_q, centre_y_q, score_q;
  // Of a level: log2 of the stride [78:76], pitch [75:64], plane [63:32], base row [31:0].
  logic [78:0] level;
  logic [BankBits-1:0] bank;
  logic [10:0] x, y;

  logic [236:0] levels;
  assign levels = {levels_i[546:544], levels_i[491:480], levels_i[479:448], levels_i[415:384],
                   levels_i[354:352], levels_i[299:288], levels_i[287:256], levels_i[223:192],
                   levels_i[162:160], levels_i[107:96], levels_i[95:64], levels_i[31:0]};
  assign level = place_q[47:46] == 2'd0 ? levels[78:0] : place_q[47:46] == 2'd1 ? levels[157:79] : levels[236:158];
  // The other words of a level are of classes.
  logic unused_levels;
  assign unused_levels = &{1'b0, levels_i};
  assign x = place_q[34:24];
  assign y = place_q[45:35];
  assign bank = x[BankBits-1:0];

  // Load: the logits of a side, one a cycle.

  logic load, loading_q, loaded_q, first_q;
  logic [LaneBits-1:0] lane_q, loading_lane_q;
  logic [5:0] loading_at_q, loaded_at_q;
  logic [A-1:0] loaded_code_q, max_q, largest_q;
  assign load = state_q == Beats && beat_q < 3'd4 && cycle_q < bins_i;
  assign read_valid_o = load;
  assign read_row_o = row_q;
  assign read_bank_o = bank;

  always_ff @(posedge clk_i) begin
    case (state_q)
      Idle: if (in_valid_i) begin
        place_q <= in_place_i;
        code_q <= in_code_i;
      end
      Level: begin
        base_q <= level[31:0];
        plane_q <= level[63:32];
        line_q <= 23'(y) * 23'(level[75:64]);
        stride_q <= level[78:76];
        centre_x_q <= 16'({x, 1'b1}) << (4'd3 + {1'b0, level[78:76]});
        centre_y_q <= 16'({y, 1'b1}) << (4'd3 + {1'b0, level[78:76]});
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
  logic [A-1:0] bin_code_q;

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

  logic sum, summing_q, looked_up_q, summed_q;
  logic [3:0] summing_bin_q, looked_up_bin_q, summed_bin_q;
  logic [A-1:0] drop_q;
  // 16 * 65535 < 2^20; (1 + 2 + … + 15) * 65535 < 2^23.
  logic [19:0] den_q;
  logic [22:0] num_q;
  assign sum = state_q == Beats && beat_q != 3'd0 && beat_q < 3'd5 && cycle_q < bins_i;

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

  // Divide: the distance in sixteenths of a pixel.
  // The expectation is at most 15 bins and the stride at most 2^7, so that a distance is below 2^15.

  logic divide;
  logic [34:0] dividend;
  logic [14:0] distance;
  logic [15:0] x0_q, y0_q, x1_q, y1_q;
  assign divide = state_q == Beats && cycle_q == LastCycle && beat_q != 3'd0 && beat_q < 3'd5;
  assign dividend = (35'(num_q) << (4'd4 + {1'b0, stride_q})) + 35'(den_q[19:1]);

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

  assign out_data_o = {place_q[23:0], 8'(code_q), score_q, 16'(place_q[57:48]), y1_q, x1_q, y0_q, x0_q};
endmodule
`default_nettype wire
