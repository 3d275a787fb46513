  // A-5: code = table[index], two cycles after the index, and the index itself without a table. One entry is watched, any
  // one: what was written to it last is what a beat of any lane gets, also where a write meets a beat, which sees the old
  // entry.
  (* anyconst *) wire [TableBits-1:0] entry_p;
  logic [ActivationBits-1:0] last_p, kept_p;
  logic written_p = 1'b0;
  logic [Lanes-1:0] due_p = '0, soon_p = '0;
  logic [Lanes*ActivationBits-1:0] soon_code_p, code_p;
  always_ff @(posedge clk_i) begin
    if (write_valid_i && write_addr_i == entry_p) begin
      written_p <= 1'b1;
      last_p <= write_data_i;
    end
    for (int i = 0; i < Lanes; i++) begin
      soon_p[i] <= valid_i && (!table_i || (written_p && index_i[i*TableBits+:TableBits] == entry_p));
      soon_code_p[i*ActivationBits+:ActivationBits] <= table_i ? last_p : index_i[i*TableBits+:ActivationBits];
    end
    due_p <= soon_p;
    code_p <= soon_code_p;
  end
  logic [Lanes-1:0] same_p;
  always_comb
    for (int i = 0; i < Lanes; i++)
      same_p[i] = code_o[i*ActivationBits+:ActivationBits] == code_p[i*ActivationBits+:ActivationBits];

  // What stands in the table of every lane.
  logic [Lanes-1:0] stands_p;
  for (genvar i = 0; i < Lanes; i++) begin : g_prove
    assign stands_p[i] = g_lane[i].mem[entry_p] == last_p;
  end

  wire prove_assumed = 1'b1;
  wire prove_reached = &due_p && written_p && code_o[0];
  wire prove_holds = (due_p & ~same_p) == '0 && (!written_p || stands_p == '1);
