`default_nettype none

// Constants of the program format (docs/detector.md): what the header and the instructions of a program say.
// The TypeScript side of the same numbers is src/rom/.
package assay_pkg;
  // Header words 0 and 1.
  localparam logic [31:0] Magic = 32'h5941_5341;
  localparam logic [31:0] FormatVersion = 32'd1;

  // Opcodes, word 0 bits 7:0 of an instruction.
  localparam logic [7:0] OpConv = 8'd1;
  localparam logic [7:0] OpAdd = 8'd2;
  localparam logic [7:0] OpMaxPool = 8'd3;
  localparam logic [7:0] OpUpsample = 8'd4;
  localparam logic [7:0] OpDetect = 8'd5;

  // Values of error_o.
  localparam logic [7:0] ErrorNone = 8'd0;
  localparam logic [7:0] ErrorFormat = 8'd1;  // not a program, or another format version
  localparam logic [7:0] ErrorParameters = 8'd2;  // made for another PI, PO, PX, W, A or P
  localparam logic [7:0] ErrorModel = 8'd3;  // the parameter ROM belongs to another model
  localparam logic [7:0] ErrorInstruction = 8'd4;  // unknown opcode, or an index outside the program
  localparam logic [7:0] ErrorDepth = 8'd5;  // more memory needed than there is

  // Bits of an address into `depth` words; one at least.
  function automatic int addressBits(input int depth);
    addressBits = depth > 1 ? $clog2(depth) : 1;
  endfunction
endpackage
`default_nettype wire
