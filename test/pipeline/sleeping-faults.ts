/** A detector with every fault that a run must notice in it, asleep until a plusarg wakes one: one build serves all tests. */
import type { RtlChange } from './broken-rtl.ts'

export const FAULTS = {
  none: 0,
  /** The second instruction since power-up writes wrong words. */
  leftover: 1,
  /** A bank never gets what the tap shows. */
  lost: 2,
  /** One word too many, some cycles after `done_o`. */
  late19: 3,
  late150: 4,
  /** One word of an instruction that does not run. */
  foreign: 5,
  /** Instruction 1 never ends. */
  stuck: 6,
  powerless: 7,
  /** One word in the last row of the memory, whatever the tensor. */
  stray: 8,
  /** One right word, written again. */
  twice: 9,
  /** Instruction 1 ends the simulation, or the process that it runs in. */
  fatal: 10,
  crash: 11,
  /** What a register without reset holds decides whether words and boxes are right. */
  loose: 12,
  /** One box more is told of than there is. */
  surplus: 13,
  /** One word after a reset in the midst of an instruction. */
  afterReset: 14,
} as const
export type Fault = keyof typeof FAULTS

const DECLARATIONS = `int given;
  bit is_sometimes;
  initial begin
    if (!$value$plusargs("fault=%d", given)) given = 0;
    is_sometimes = $test$plusargs("sometimes") != 0;
    if (given == ${FAULTS.powerless}) $fatal(1, "no power");
  end

  logic [7:0] begun_q = 8'd0;
  logic start_q, rst_nq;
  logic [150:0] after_q;
  logic [7:0] loose_q;
  // Some power-ups have the fault, and others have none.
  wire [31:0] fault = is_sometimes && !loose_q[0] ? 32'd0 : given;
  always_ff @(posedge clk_i) begin
    start_q <= start_i;
    rst_nq <= rst_ni;
    after_q <= {after_q[149:0], done_o && !busy_o};
    if (engine_start) begun_q <= begun_q + 8'd1;
    if (host_valid_i && host_addr_i == '1) loose_q <= loose_q + 8'd1;
    if (engine_start && pc_o == 16'd1) begin
      if (fault == ${FAULTS.fatal}) $fatal(1, "broke down");
      if (fault == ${FAULTS.crash}) void'($system("kill -9 $PPID"));
    end
  end
  wire is_loose = fault == ${FAULTS.loose} && loose_q[0];
  wire is_late = fault == ${FAULTS.late19} ? after_q[19] != after_q[18]
      : fault == ${FAULTS.late150} && after_q[150] != after_q[149];
  wire is_reset = fault == ${FAULTS.afterReset} && begun_q != 8'd0 && rst_ni && !rst_nq;
  wire is_foreign = fault == ${FAULTS.foreign} && start_q;
  wire is_changed = is_loose || (fault == ${FAULTS.leftover} && begun_q > 8'd1);

  // After the first word of an instruction with no other behind it comes one more.
  logic own_valid, own_valid_q, is_armed_q;
  logic [RowBits-1:0] own_row, own_row_q;
  logic [BankBits-1:0] own_bank, own_bank_q;
  logic [Word-1:0] own_data, own_data_q;
  wire is_extra = (fault == ${FAULTS.stray} || fault == ${FAULTS.twice}) && is_armed_q && own_valid_q && !own_valid;
  always_ff @(posedge clk_i) begin
    own_valid_q <= own_valid;
    if (own_valid) {own_row_q, own_bank_q, own_data_q} <= {own_row, own_bank, own_data};
    if (engine_start) is_armed_q <= 1'b1;
    else if (is_extra) is_armed_q <= 1'b0;
  end
  logic [15:0] own_count;
  assign box_count_o = own_count + 16'(fault == ${FAULTS.surplus});
  logic [127:0] own_box;
  assign box_data_o = is_loose ? ~own_box : own_box;
`

const ENGINE = `assign engine_write_valid = own_valid || is_extra;
  assign engine_write_row = !is_extra ? own_row : fault == ${FAULTS.stray} ? '1 : own_row_q;
  assign engine_write_bank = is_extra ? own_bank_q : own_bank;
  assign engine_write_data = is_extra ? own_data_q : own_data;

  assign tap_valid_o = tap_valid_q || is_late || is_foreign || is_reset;
  assign tap_pc_o = is_foreign ? 16'd999 : pc_o;`

/** Changes of `detector.sv`. */
export const SLEEPING_FAULTS: readonly RtlChange[] = [
  ['logic [PO*ParamBits-1:0] param_data;', `logic [PO*ParamBits-1:0] param_data;\n  ${DECLARATIONS}`],
  [
    '.engine_done_i(engine_done),',
    `.engine_done_i(engine_done && !(fault == ${FAULTS.stuck} && pc_o == 16'd1)),`,
  ],
  [
    '.write_valid_i(write_valid_q),',
    `.write_valid_i(write_valid_q && !(fault == ${FAULTS.lost} && tap_valid_q && write_bank_q == '0)),`,
  ],
  ['assign tap_valid_o = tap_valid_q;\n  assign tap_pc_o = pc_o;', ENGINE],
  ['assign tap_data_o = write_data_q;', 'assign tap_data_o = is_changed ? ~write_data_q : write_data_q;'],
  ['.write_valid_o(engine_write_valid),', '.write_valid_o(own_valid),'],
  ['.write_row_o(engine_write_row),', '.write_row_o(own_row),'],
  ['.write_bank_o(engine_write_bank),', '.write_bank_o(own_bank),'],
  ['.write_data_o(engine_write_data),', '.write_data_o(own_data),'],
  ['.box_data_o,\n', '.box_data_o(own_box),\n'],
  ['.box_count_o,\n', '.box_count_o(own_count),\n'],
].map(([from, to]) => ({ file: 'detector.sv', from: from!, to: to! }))
