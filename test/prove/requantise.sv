  // A-3's bias and A-4 up to its rounding: what round_code takes, three cycles after a beat, is (sum + B) * M and s.
  // The product is cut as school does it: M times the low 17 bits of the accumulator, and M times the others, which
  // count 2^17 times. Each stage is held against what the registers before it held; round_code.sv has the other half.
  logic begun_p = 1'b0;
  logic [3:1] valid_p;
  logic same_p;

  always_ff @(posedge clk_i) begun_p <= 1'b1;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_p <= '0;
    else valid_p <= {valid_p[2:1], valid_i};
  end

  // Of each lane what a stage has to hold, if a beat is in it.
  logic [Lanes*32-1:0] acc_p;
  logic [Lanes*16-1:0] multiplier_p;
  logic [Lanes*6-1:0] shift1_p, shift2_p, shift3_p;
  logic [Lanes*34-1:0] low_p;
  logic [Lanes*32-1:0] high_p;
  logic [Lanes*52-1:0] product_p;
  for (genvar i = 0; i < Lanes; i++) begin : g_prove
    always_ff @(posedge clk_i) begin
      acc_p[i*32+:32] <= sum_i[i*32+:32] + param_i[i*64+:32];
      multiplier_p[i*16+:16] <= param_i[i*64+32+:16];
      shift1_p[i*6+:6] <= param_i[i*64+48+:6];
      low_p[i*34+:34] <= $signed({1'b0, acc1[i][16:0]}) * $signed({1'b0, multiplier1[i]});
      high_p[i*32+:32] <= $signed(acc1[i][31:17]) * $signed({1'b0, multiplier1[i]});
      shift2_p[i*6+:6] <= shift1[i];
      product_p[i*52+:52] <= 52'($signed(low[i])) + (52'($signed(high[i])) <<< 17);
      shift3_p[i*6+:6] <= shift2[i];
    end
  end

  always_comb begin
    same_p = 1'b1;
    for (int i = 0; i < Lanes; i++) begin
      if (valid_p[1] && (acc1[i] != $signed(acc_p[i*32+:32]) || multiplier1[i] != multiplier_p[i*16+:16]
          || shift1[i] != shift1_p[i*6+:6])) same_p = 1'b0;
      if (valid_p[2] && (34'($signed(low[i])) != $signed(low_p[i*34+:34])
          || 32'($signed(high[i])) != $signed(high_p[i*32+:32]) || shift2[i] != shift2_p[i*6+:6])) same_p = 1'b0;
      if (valid_p[3] && (52'($signed(value_q[i*Slot+:Product])) != $signed(product_p[i*52+:52])
          || shift_q[i*8+:8] != {2'd0, shift3_p[i*6+:6]})) same_p = 1'b0;
    end
  end

  wire prove_assumed = begun_p || !rst_ni;
  wire prove_reached = valid_q[3] && value_q[46] && !value_q[48] && shift_q[5:0] == 6'd47;
  wire prove_holds = !begun_p || (valid_q == valid_p && same_p);
