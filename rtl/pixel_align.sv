// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// From the 2PX bank words of a read to the input words of PX output pixels: turns the words so that pixel lane 0 gets
// the window's first pixel, picks every pixel (stride 1), every other one (stride 2) or each one twice (upsampling),
// and puts the padding code in where a lane's pixel lies outside the tensor: Z_x (clause A-3), 0 in a max-pool (A-7).
//
// Model: the taps of src/golden/conv.ts, max-pool.ts, upsample.ts. Latency 2, throughput one window a cycle; the
// output holds while there is no window. The words come from block RAM, so a register takes them first.
module pixel_align #(
  // Codes in a word
  parameter int PI = 16,
  // Pixel lanes, a power of two
  parameter int PX = 4,
  // Bits of a code
  parameter int ActivationBits = 8,
  localparam int Word = PI * ActivationBits,
  localparam int Banks = 2 * PX,
  localparam int BankBits = $clog2(Banks)
) (
  input  logic                      clk_i,
  input  logic                      valid_i,
  // Bank of the window's first pixel
  input  logic [BankBits-1:0]       shift_i,
  // Lane j takes pixel 2j of the window; this, double_i and pad_code_i hold while windows are on their way
  input  logic                      stride2_i,
  // Lane j takes pixel j / 2
  input  logic                      double_i,
  // Lanes outside the tensor, and what they hold
  input  logic [PX-1:0]             pad_i,
  input  logic [ActivationBits-1:0] pad_code_i,
  input  logic [Banks*Word-1:0]     bank_data_i,
  output logic [PX*Word-1:0]        data_o
);

  logic valid_q;
  logic [BankBits-1:0] shift_q;
  logic [PX-1:0] pad_q;
  logic [Banks*Word-1:0] bank_q;
  always_ff @(posedge clk_i) begin
    valid_q <= valid_i;
    if (valid_i) begin
      shift_q <= shift_i;
      pad_q <= pad_i;
      bank_q <= bank_data_i;
    end
  end

  // One branch of constant moves for each bank the window can begin in: a multiplexer in hardware, and in a simulator
  // a few moves, where an indexed part select would shift every word.
  always_ff @(posedge clk_i) begin
    if (valid_q) begin
      for (int b = 0; b < Banks; b++) begin
        if (shift_q == BankBits'(b)) begin
          for (int j = 0; j < PX; j++) begin
            if (stride2_i) data_o[j*Word+:Word] <= bank_q[((b+2*j)%Banks)*Word+:Word];
            else if (double_i) data_o[j*Word+:Word] <= bank_q[((b+j/2)%Banks)*Word+:Word];
            else data_o[j*Word+:Word] <= bank_q[((b+j)%Banks)*Word+:Word];
          end
        end
      end
      if (pad_q != '0) begin
        for (int j = 0; j < PX; j++) if (pad_q[j]) data_o[j*Word+:Word] <= {PI{pad_code_i}};
      end
    end
  end
endmodule
`default_nettype wire
