  // A-7: of a tile of beats the largest code of each lane, two cycles behind its last beat; of an addition's two beats the
  // first and the last. A tile has any number of beats.
  localparam int Lanes_p = PX * PI;
  logic [PX*Word-1:0] first_p, last_p, most_p, due_a_p, due_b_p;
  logic open_p = 1'b0, closed_p = 1'b0, due_p = 1'b0, max_p;
  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      open_p <= 1'b1;
      max_p <= max_i;
      last_p <= x_i;
      if (first_i) first_p <= x_i;
      for (int i = 0; i < Lanes_p; i++)
        if (first_i || x_i[i*A+:A] >= most_p[i*A+:A]) most_p[i*A+:A] <= x_i[i*A+:A];
    end
    closed_p <= valid_i && last_i;
    if (closed_p) begin
      due_p <= 1'b1;
      due_a_p <= max_p ? most_p : first_p;
      due_b_p <= last_p;
    end
  end

  // The first beat of all begins a tile, and a tile is of one kind.
  wire prove_assumed = !valid_i || first_i || (open_p && max_i == max_p);
  wire prove_reached = due_p && max_p && due_a_p != due_b_p && due_a_p[A-1:0] == '0;
  wire prove_holds = (!due_p || (a_o == due_a_p && b_o == due_b_p))
      && (!open_p || (a_q == (max_p ? most_p : first_p) && b_q == last_p)) && (!closed_p || (open_p && done_q))
      && (!open_p || done_q == closed_p);
