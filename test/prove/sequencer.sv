  // Any word of the program, any entry of the table, and the model of the parameter ROM. A word is on the port in the cycle
  // after its read.
  (* anyconst *) logic [ProgramAddressBits-1:0] word_at_p;
  (* anyconst *) logic [31:0] word_p;
  (* anyconst *) logic [31:0] id_p;
  (* anyconst *) logic [TableBits-1:0] entry_p;
  wire [12:0] at_p = 13'(word_at_p);
  wire [4:0] part_p = word_at_p[4:0];

  // What the run was asked for, the instruction that is next, how the unit before ended, and cycles without a wait.
  logic begun_p = 1'b0, ran_p, read_p, id_read_p, checked_p, is_entry_p, was_entry_p, loaded_p;
  logic [15:0] first_p, last_p;
  logic [16:0] next_p;
  logic [9:0] age_p;
  logic ended_p, failed_p, has_ended_p, was_busy_p, was_asked_p, was_checked_p;
  logic [7:0] failure_p, was_why_p;
  logic [31:0] judged_p;
  wire starts_p = engine_start_o || head_start_o;
  wire [7:0] op_p = instr_o[assay_pkg::Opcode+:8];
  wire head_p = op_p == 8'd5;
  wire table_p = op_p == 8'd1 && instr_o[assay_pkg::HasTable];
  always_ff @(posedge clk_i) begin
    begun_p <= 1'b1;
    ran_p <= rst_ni && (ran_p || start_i);
    read_p <= program_valid_o && program_addr_o == word_at_p;
    id_read_p <= id_valid_o;
    if (starts_p) next_p <= next_p + 17'd1;
    else if (state_q == Idle && start_i) begin
      first_p <= first_i;
      last_p <= last_i;
      next_p <= {1'b0, first_i};
    end
    checked_p <= state_q == Check ? checked && operands_ok : checked_p && state_q != Decode;
    is_entry_p <= table_read_valid_o
        && table_read_addr_o == TableAddressBits'(instr_o[assay_pkg::TableBase+:32] + 32'(entry_p));
    was_entry_p <= is_entry_p;
    if (state_q == Decode) loaded_p <= 1'b0;
    else if (table_write_valid_o && table_write_addr_o == entry_p) loaded_p <= was_entry_p;
    ended_p <= state_q == Run && (head_p ? head_done_i : engine_done_i);
    failed_p <= !head_p && engine_error_i != assay_pkg::ErrorNone;
    failure_p <= engine_error_i;
    has_ended_p <= rst_ni && state_q == Run && ended_p;
    was_busy_p <= rst_ni && busy_o;
    was_asked_p <= rst_ni && !busy_o && start_i;
    was_checked_p <= rst_ni && state_q == Check && checked;
    was_why_p <= why_p;
    judged_p <= word_q;
    age_p <= state_q == Idle || state_q == Check || state_q == Run ? 10'd0 : age_p + 10'd1;
  end

  // What a header has to be for this hardware (docs/detector.md, "Program"), and the error where it is not.
  localparam logic [15:0] MostInstructions = 16'(assay_pkg::positive(ProgramDepth / 32) - 1);
  function automatic logic fits(input logic [12:0] at, input logic [31:0] word);
    case (at)
      13'd0: fits = word == assay_pkg::Magic;
      13'd1: fits = word == assay_pkg::FormatVersion;
      13'd2: fits = word[15:0] == 16'(PI) && word[31:16] == 16'(PO);
      13'd3: fits = word[15:0] == 16'(PX) && word[31:16] == 16'(WeightBits);
      13'd4: fits = word[15:0] == 16'(ActivationBits) && word[31:16] == 16'(TableBits);
      13'd6: fits = word[15:0] <= MostInstructions && word[31:16] <= 16'(MaxLevels);
      13'd7: fits = word <= 32'(FeatureDepth);
      13'd8: fits = word <= 32'(WeightDepth);
      13'd9: fits = word <= 32'(ParamDepth);
      13'd10: fits = word <= 32'(TableDepth);
      13'd11: fits = word == 32'(RequantiseArithmetic);
      13'd12: fits = word == 32'(AddArithmetic);
      default: fits = 1'b1;
    endcase
  endfunction
  wire [12:0] judged_at_p = count_q - 13'd3;
  logic [7:0] why_p;
  always_comb begin
    why_p = 8'd0;
    case (state_q)
      Header: if (count_q > 13'd2 && !fits(judged_at_p, judged_p)) begin
        if (judged_at_p < 13'd2) why_p = 8'd1;
        else why_p = judged_at_p < 13'd5 || judged_at_p > 13'd10 ? 8'd2 : 8'd5;
      end
      Range: begin
        if (id_q != id_p) why_p = 8'd3;
        else if (last_p >= length_q || first_p > last_p) why_p = 8'd4;
      end
      Decode: if (op_p == 8'd0 || op_p > 8'd5) why_p = 8'd4;
      Check: if (checked && !operands_ok) why_p = 8'd6;
      Run: if (ended_p && failed_p) why_p = failure_p;
      default: ;
    endcase
  end

  // The word of the instruction at work.
  wire is_part_p = 32'(word_at_p) == {10'd0, {1'b0, pc_o} + 17'd1, part_p};

  // Of header, model, range, opcode and operands nothing is wrong, every word of the instruction is in place, and every
  // entry of its table.
  wire starts_well_p = engine_start_o != head_start_o && head_start_o == head_p && op_p != 8'd0 && op_p <= 8'd5
      && next_p == {1'b0, pc_o} && pc_o >= first_p && pc_o <= last_p && last_p < MostInstructions
      && fits(at_p, word_p) && (at_p != 13'd5 || word_p == id_p) && (at_p != 13'd6 || last_p < word_p[15:0])
      && (at_p != 13'd8 || weight_words_o == word_p)
      && checked_p && (!is_part_p || instr_o[part_p*32+:32] == word_p) && (!table_p || loaded_p);
  // A run ends after its last instruction, or with the first error and its number, and never else.
  wire is_over_p = was_why_p != 8'd0 || (has_ended_p && next_p == {1'b0, last_p} + 17'd1);
  wire ends_well_p = done_o == (ran_p && !busy_o) && (!was_busy_p || (busy_o == !is_over_p && error_o == was_why_p));
  // A start is obeyed, and what was waited for is waited for no longer.
  wire goes_on_p = (!was_asked_p || busy_o) && (!was_checked_p || state_q != Check) && (!has_ended_p || state_q != Run);

  // How it goes on: what is where in every cycle of a state.
  wire in_header_p = state_q == Header;
  wire fetched_p = state_q == Decode || state_q == Check || state_q == Table || state_q == Start || state_q == Run;
  wire accepted_p = fetched_p || state_q == Fetch;
  wire [ProgramAddressBits-1:0] base_p = ProgramAddressBits'({{1'b0, pc_o} + 17'd1, 5'd0});
  wire [12:0] end_p = in_header_p ? 13'd15 : state_q == Fetch ? 13'd33 : state_q == Table ? TableWords + 13'd1 : 13'd0;
  wire [12:0] words_p = in_header_p ? 13'd13 : 13'd32;
  wire [12:0] sent_p = fetched_p || count_q > words_p ? words_p : count_q;
  // Cycles since this word was asked for, and one.
  wire [12:0] since_p = count_q - (in_header_p ? at_p : {8'd0, part_p});
  wire reads_it_p = in_header_p ? at_p <= 13'd12 : state_q == Fetch && is_part_p;
  wire counts_p = state_q == Idle || (count_q <= end_p && full_q == (end_p != 13'd0 && count_q == end_p));
  wire reads_p = (state_q == Idle || state_q == Range
          || program_addr_o == (in_header_p ? '0 : base_p) + ProgramAddressBits'(sent_p))
      && (!(in_header_p || state_q == Fetch) || read_p == (reads_it_p && since_p == 13'd1))
      && (!reads_it_p || since_p != 13'd2 || word_q == word_p)
      && (!(fetched_p || (reads_it_p && state_q == Fetch && !since_p[12] && since_p > 13'd2)) || !is_part_p
          || instr_o[part_p*32+:32] == word_p);
  wire seen_p = accepted_p || state_q == Range || (in_header_p && !since_p[12] && since_p > 13'd2);
  wire [31:0] taken_p = taken(5'(judged_at_p));
  wire judges_p = (!in_header_p || count_q < 13'd2 || count_q > 13'd14 || taken_q == taken(5'(count_q - 13'd2)))
      && (!in_header_p || (count_q < 13'd3 ? rule_q == Any
          : (rule_q == ruleOf(5'(judged_at_p)) && code_q == errorOf(5'(judged_at_p))
             && high_over_q == (judged_p[31:16] > taken_p[31:16]) && high_same_q == (judged_p[31:16] == taken_p[31:16])
             && low_over_q == (judged_p[15:0] > taken_p[15:0]) && low_same_q == (judged_p[15:0] == taken_p[15:0]))))
      && (!in_header_p || at_p > 13'd12 || since_p != 13'd3 || judged_p == word_p)
      && (!(seen_p && (!in_header_p || since_p > 13'd3)) || fits(at_p, word_p))
      && (!seen_p || at_p != 13'd5 || id_q == word_p) && (!seen_p || at_p != 13'd6 || length_q == word_p[15:0])
      && (!seen_p || at_p != 13'd8 || weight_words_o == word_p)
      && (!in_header_p || count_q != 13'd9 || judged_p[15:0] == length_q)
      && (!(accepted_p || state_q == Range || (in_header_p && count_q > 13'd9)) || length_q <= MostInstructions)
      && (!in_header_p || count_q == 13'd0 || id_read_p) && (!in_header_p || count_q < 13'd2 || id_data_q == id_p)
      && (state_q != Range || (id_data_q == id_p && model_bad_q == (id_data_q != id_q)
          && range_bad_q == (last_q >= length_q || pc_o > last_q)))
      && (!accepted_p || (id_q == id_p && pc_o <= last_q && last_q < length_q));
  wire places_p = (state_q == Idle || (last_q == last_p && pc_o >= first_p
          && next_p == {1'b0, pc_o} + (state_q == Run ? 17'd1 : 17'd0)))
      && (!(in_header_p || state_q == Range) || pc_o == first_p)
      && (!fetched_p || is_last_q == (pc_o == last_q))
      && (!fetched_p || state_q == Decode || (is_detect_q == head_p && has_table_q == table_p && op_p != 8'd0 && op_p <= 8'd5));
  wire loads_p = (!(state_q == Table || state_q == Start) || checked_p)
      && (state_q != Check || table_read_addr_o == instr_o[assay_pkg::TableBase+:TableAddressBits])
      && (state_q != Table || (table_p
          && table_read_addr_o == TableAddressBits'(instr_o[assay_pkg::TableBase+:32] + 32'(count_q))
          && is_entry_p == (count_q == 13'(entry_p) + 13'd1) && was_entry_p == (count_q == 13'(entry_p) + 13'd2)
          && table_write_valid_o == (count_q > 13'd1) && (count_q < 13'd2 || table_write_addr_o == TableBits'(count_q - 13'd2))
          && (count_q <= 13'(entry_p) + 13'd2 || loaded_p)))
      && (state_q == Table || (!is_entry_p && !table_write_valid_o))
      && (state_q != Start || !table_p || loaded_p);
  wire ages_p = (!in_header_p || age_p == 10'(count_q)) && (state_q != Range || age_p == 10'd16)
      && (state_q != Fetch || age_p <= 10'(count_q) + 10'd17) && (state_q != Decode || age_p <= 10'd51)
      && (state_q != Table || age_p == 10'(count_q)) && (state_q != Start || age_p <= 10'(TableWords) + 10'd2);
  wire follows_p = state_q <= Run && busy_o == (state_q != Idle) && (busy_o || ran_p || !done_o)
      && (!busy_o || (ran_p && error_o == assay_pkg::ErrorNone))
      && ended_q == ended_p && engine_error_q == failure_p && (!failed_p || failure_p != 8'd0)
      && (state_q != Run || !ended_p || failed_q == failed_p);

  wire prove_assumed = (begun_p || !rst_ni) && (!read_p || program_data_i == word_p)
      && (!id_read_p || id_data_i == id_p);
  wire prove_reached = rst_ni && starts_p && table_p && next_p == {1'b0, first_p} + 17'd1;
  // Reads lie in the ROM, no table is written but that of an instruction that has one, and nothing but the check and a unit is
  // waited for.
  wire prove_holds = !begun_p || !rst_ni
      || ((!starts_p || starts_well_p) && ends_well_p && goes_on_p && (!program_valid_o || 32'(program_addr_o) < ProgramDepth)
          && (!table_write_valid_o || table_p) && (age_p <= 10'd52 || age_p <= 10'(TableWords) + 10'd3)
          && counts_p && reads_p && judges_p && places_p && loads_p && ages_p && follows_p);
