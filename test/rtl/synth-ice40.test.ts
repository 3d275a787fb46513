/** The column of megahertz: a module in its harness, and without nextpnr nothing is lost. */
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findNextpnr, placeAndRoute, type Speed, wrap } from '../../src/bench/synth-ice40.ts'
import { needs } from '../witness.ts'

async function speedOf(text: string): Promise<Speed | null> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-ice40-test-'))
  const source = join(folder, 'module.sv')
  await writeFile(source, text)
  return placeAndRoute({ top: 'top', parameters: {} }, [source], folder)
}

/** So many additions of 16 bits, one behind the other, before a register. */
const chain = (additions: number) => {
  const steps = Array.from(
    { length: additions },
    (_, at) => `wire [15:0] x${at + 1} = (x${at} ^ (x${at} >> 3)) + 16'd77;`,
  )
  return `module top (input wire clk_i, input wire [15:0] a_i, output logic [15:0] y_o);
    wire [15:0] x0 = a_i;
    ${steps.join('\n    ')}
    always_ff @(posedge clk_i) y_o <= x${additions};
  endmodule`
}

describe('the harness', () => {
  test('gives every bit a register, but for clock and reset', () => {
    const bits = (direction: string, count: number) => ({ direction, bits: new Array<number>(count).fill(2) })
    const ports = {
      clk_i: bits('input', 1),
      rst_ni: bits('input', 1),
      a_i: bits('input', 3),
      b_i: bits('input', 2),
      y_o: bits('output', 4),
      z_o: bits('output', 1),
    }
    const text = wrap('adder', ports)
    expect(text).toContain('reg [4:0] in_q;')
    expect(text).toContain('reg [4:0] out_q;')
    expect(text).toContain(
      'adder u (.clk_i(clk_i), .rst_ni(rst_ni), .a_i(in_q[2:0]), .b_i(in_q[4:3]), .y_o(out[3:0]), .z_o(out[4:4]));',
    )
  })
})

test('a machine without nextpnr has none', async () => {
  const path = process.env.PATH
  process.env.PATH = '/nowhere'
  try {
    expect(await findNextpnr()).toBeNull()
  } finally {
    process.env.PATH = path
  }
})

needs(['yosys', 'nextpnr-ice40'], 'placed and routed', () => {
  test('a module with more logic between its registers is slower', async () => {
    const [short, long] = [await speedOf(chain(1)), await speedOf(chain(4))]
    expect(long!.mhz).toBeGreaterThan(20)
    expect(short!.mhz).toBeGreaterThan(1.5 * long!.mhz)
    // A register is packed with the gate before it, and has its name.
    expect([long!.from, long!.to].join()).toMatch(/^(in_q|x1),(x4|y_o)/)
  })

  test('one that is larger than the device has no speed', async () => {
    // 64 block RAMs; it has 32.
    const text = `module top (input wire clk_i, input wire write_i, input wire [13:0] addr_i, input wire [15:0] d_i, output logic [15:0] q_o);
      logic [15:0] mem[16384];
      always_ff @(posedge clk_i) begin
        if (write_i) mem[addr_i] <= d_i;
        q_o <= mem[addr_i];
      end
    endmodule`
    expect(await speedOf(text)).toBeNull()
  })
})
