/** Two products with the same weight in one DSP48E2 of UltraScale+, measured beside two products apart (Xilinx WP486). */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { wrap } from '../report/table.ts'
import { readNetlist, type Use, useOf } from './synth-netlist.ts'
import { runYosys } from './synth-yosys.ts'

/** Two unsigned codes, one signed weight, and a register behind either product and its sum, as in mac_array. */
const PORTS = `#(parameter int A = 8, parameter int W = 8) (
  input  logic                  clk_i,
  input  logic [A-1:0]          x0_i, x1_i,
  input  logic [W-1:0]          w_i,
  output logic signed [A+W-1:0] y0_o, y1_o
);`

const TEXT = `module apart ${PORTS}
  logic signed [A+W-1:0] y0_q, y1_q;
  always_ff @(posedge clk_i) begin
    y0_q <= $signed({1'b0, x0_i}) * $signed(w_i);
    y1_q <= $signed({1'b0, x1_i}) * $signed(w_i);
    y0_o <= y0_q;
    y1_o <= y1_q;
  end
endmodule

// Both codes in one operand. The upper product lacks 1 where the lower one is negative.
module together ${PORTS}
  localparam int Low = A + W + 2;
  logic signed [Low+A+W-1:0] both_q;
  always_ff @(posedge clk_i) begin
    both_q <= $signed({1'b0, x1_i, {(Low - A){1'b0}}, x0_i}) * $signed(w_i);
    y0_o <= both_q[A+W-1:0];
    y1_o <= both_q[Low+:A+W] + {{(A+W-1){1'b0}}, both_q[Low-1]};
  end
endmodule
`

/** Of codes and weights: 2 s; a bit more takes a minute. */
const PROVED_BITS = 5

export interface Products {
  readonly apart: Use
  readonly together: Use
}

/** @throws Error if the two are not proved equal for every code and weight of a few bits */
export async function mapProducts(scratch: string): Promise<Products> {
  writeFileSync(join(scratch, 'products.sv'), TEXT)
  const read = 'read_verilog -sv products.sv'
  const prove = [
    read,
    `chparam -set A ${PROVED_BITS} -set W ${PROVED_BITS} apart together`,
    'proc; miter -equiv -flatten -make_assert apart together miter; hierarchy -top miter',
    // Whatever was in the registers, three cycles later they have what came since.
    'sat -verify -prove-asserts -seq 3 -set-def-inputs -set-init-undef miter',
  ]
  await runYosys({ top: 'together', script: prove, scratch, what: 'the products are not proved equal' })
  const map = async (top: string): Promise<Use> => {
    const script = [
      read,
      `synth_xilinx -family xcup -noiopad -noclkbuf -flatten -top ${top}`,
      `write_json ${top}.json`,
    ]
    await runYosys({ top, script, scratch, what: 'Yosys does not map it' })
    const netlist = readNetlist(readFileSync(join(scratch, `${top}.json`), 'utf8'))
    return useOf(top, netlist, netlist).modules[0]!
  }
  return { apart: await map('apart'), together: await map('together') }
}

export const renderProducts = ({ apart, together }: Products): readonly string[] =>
  wrap(
    `Two pixels of the array have the same weight. Mapped for UltraScale+ (\`-family xcup\`), two products of 8 bits with a weight in common take ${apart.dsps} DSP48E2 apart and ${together.dsps} together, with ${together.luts} LUT and ${together.carries} CARRY4 more for the borrow of the lower product; both forms are proved equal for ${PROVED_BITS} bits. That would halve the array's DSPs. It is not built in: the operand has 27 bits, which a DSP48E1 of 7-series (25 bits) does not hold, and an array of 16x16x4 fits a ZU7EV as it is.`,
    100,
  )
