// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// What follows a write to CONTROL of detector_axi (docs/detector.md, "On a bus"): wait for a picture, run the detector,
// send the boxes.
//
// Model: none; the page says what happens when. The detector starts in the second cycle after the command, or in the
// cycle after the last pixel is in the memory.
module run_control (
  input  logic         clk_i,
  input  logic         rst_ni,
  // Bits of CONTROL, for one cycle: start, send the boxes, take no picture
  input  logic [2:0]   command_i,
  // A command of this cycle does nothing
  output logic         refused_o,
  output logic         idle_o,
  // STATUS as it was a cycle before, and the bits of INTERRUPT_STATUS that become 1
  output logic [31:0]  status_o,
  output logic [3:0]   events_o,
  // INTERRUPT_STATUS holds an error of a picture
  input  logic         image_pending_i,
  // As in image_writer; no pixel is taken while `image_enable_o` is low
  input  logic         image_active_i,
  input  logic         image_complete_i,
  input  logic         image_error_i,
  output logic         image_enable_o,
  // As in detector
  output logic         start_o,
  input  logic         busy_i,
  input  logic         done_i,
  input  logic [7:0]   error_i,
  input  logic [15:0]  box_count_i,
  input  logic [31:0]  candidate_count_i,
  input  logic         overflow_i,
  // What the last run found: nothing where it ended with an error or never began
  output logic [15:0]  box_count_o,
  output logic [31:0]  candidate_count_o,
  // Cycles from the start of the detector to its end
  output logic [31:0]  cycles_o,
  // The first beat of the packet; it holds from `send_o` to `sent_i`
  output logic [127:0] summary_o,
  output logic         send_o,
  input  logic         sent_i
);

  typedef enum logic [1:0] {Idle, Wait, Run, Send} state_e;
  state_e state_d, state_q;
  logic boxes_q, continue_q, cancelled_q, done_q, has_result_q, has_overflow_q;

  wire start_command = command_i[0] && !refused_o;
  wire send_command = command_i[1] && !refused_o;
  wire cancel = state_q == Wait && !continue_q && image_error_i;
  wire run_done = state_q == Run && done_i;

  assign idle_o = state_q == Idle;
  assign start_o = state_q == Wait && (continue_q || image_complete_i);
  assign send_o = state_q != Send && state_d == Send;

  // No run begins while an error of a picture is pending, which software must see first. A picture that is half there
  // would be spoiled by a run that takes none.
  wire image_refuses = image_pending_i || image_error_i || (command_i[2] && image_active_i);
  assign refused_o = command_i[1:0] != 2'd0 && (!idle_o || (command_i[0] && image_refuses));

  always_comb begin
    state_d = state_q;
    case (state_q)
      Idle: begin
        if (start_command) state_d = Wait;
        else if (send_command) state_d = Send;
      end
      Wait: begin
        if (start_o) state_d = Run;
        else if (cancel) state_d = Idle;
      end
      Run: if (done_i) state_d = Idle;
      default: if (sent_i) state_d = Idle;
    endcase
    if (boxes_q && (cancel || run_done)) state_d = Send;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
      cancelled_q <= 1'b0;
      done_q <= 1'b0;
      has_result_q <= 1'b0;
      has_overflow_q <= 1'b0;
      image_enable_o <= 1'b1;
      cycles_o <= '0;
    end else begin
      state_q <= state_d;
      image_enable_o <= state_d != Run && !(start_command && command_i[2]);
      if (start_command) begin
        cancelled_q <= 1'b0;
        done_q <= 1'b0;
        has_result_q <= 1'b0;
        has_overflow_q <= 1'b0;
        cycles_o <= '0;
      end
      if (cancel) cancelled_q <= 1'b1;
      if (run_done) begin
        done_q <= 1'b1;
        has_result_q <= error_i == 8'd0;
        has_overflow_q <= error_i == 8'd0 && overflow_i;
      end
      if (state_q == Run) cycles_o <= cycles_o + 32'd1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_command) begin
      boxes_q <= command_i[1];
      continue_q <= command_i[2];
    end
  end

  wire [7:0] error = done_q ? error_i : 8'd0;
  assign box_count_o = has_result_q ? box_count_i : '0;
  assign candidate_count_o = has_result_q ? candidate_count_i : '0;
  always_ff @(posedge clk_i) begin
    status_o <= {
      15'd0, image_pending_i, error, has_overflow_q, image_complete_i, image_active_i, state_q == Send, busy_i,
      state_q == Wait, done_q, !idle_o
    };
  end
  assign summary_o = {32'd0, cycles_o, candidate_count_o, 6'd0, cancelled_q, has_overflow_q, error, box_count_o};
  assign events_o = {sent_i, image_error_i, run_done && error_i != 8'd0, run_done};
endmodule
`default_nettype wire
