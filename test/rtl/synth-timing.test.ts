/** The column of nanoseconds must see what is slow: planted modules, counted by hand from the delays of Yosys' models. */
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { mapDesign } from '../../src/bench/synth-map.ts'
import { correctModels } from '../../src/bench/synth-models.ts'
import { findPaths, type Path } from '../../src/bench/synth-timing.ts'
import { readXilinxModels } from '../../src/bench/synth-yosys.ts'
import { needs } from '../witness.ts'

async function pathsOf(text: string): Promise<readonly Path[]> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-timing-test-'))
  const source = join(folder, 'module.sv')
  await writeFile(source, text)
  return findPaths(await mapDesign({ top: 'top', parameters: {} }, [source], folder), folder)
}

/** Clock to output, in picoseconds. */
const [REGISTER, BLOCK_RAM] = [303, 2454]
/** `r + 77` over 16 bits: an inverter, three carries from four bits to the next, and a sum. */
const ADDER = 127 + 508 + 2 * 114 + 334

const PLANTED = `
module after_reset (input wire clk_i, input wire rst_ni, input wire [15:0] d_i, output logic [15:0] q_o);
  logic [15:0] d_q;
  always_ff @(posedge clk_i or negedge rst_ni) if (!rst_ni) d_q <= '0; else d_q <= d_i;
  always_ff @(posedge clk_i or negedge rst_ni) if (!rst_ni) q_o <= '0; else q_o <= d_q + 16'd77;
endmodule
module after_memory (input wire clk_i, input wire write_i, input wire [8:0] addr_i, input wire [15:0] d_i, output logic [15:0] q_o);
  logic [15:0] mem[512];
  logic [15:0] word_q;
  always_ff @(posedge clk_i) begin
    if (write_i) mem[addr_i] <= d_i;
    word_q <= mem[addr_i];
    q_o <= word_q + 16'd77;
  end
endmodule
module adder #(parameter int Bits = 4) (input wire [Bits-1:0] a_i, output wire [Bits-1:0] y_o);
  assign y_o = a_i + Bits'(77);
endmodule
module around (input wire clk_i, input wire [15:0] a_i, input wire [7:0] b_i, output logic [15:0] a_o, output logic [7:0] b_o);
  logic [15:0] a_q, a;
  logic [7:0] b;
  adder #(.Bits(8)) u_b (.a_i(b_i), .y_o(b));
  adder #(.Bits(16)) u_a (.a_i(a_q), .y_o(a));
  always_ff @(posedge clk_i) begin
    a_q <= a_i;
    a_o <= a;
    b_o <= b;
  end
endmodule
module memory_alone (input wire clk_i, input wire write_i, input wire [8:0] addr_i, input wire [11:0] d_i, output logic [11:0] q_o);
  logic [11:0] mem[512];
  always_ff @(posedge clk_i) begin
    if (write_i) mem[addr_i] <= d_i;
    q_o <= mem[addr_i];
  end
endmodule
module wires (input wire [15:0] a_i, output wire [15:0] y_o);
  assign y_o = a_i;
endmodule
module top (
  input wire clk_i, input wire rst_ni, input wire write_i, input wire [8:0] addr_i, input wire [15:0] d_i,
  output wire [15:0] reset_o, output wire [15:0] memory_o, output wire [11:0] word_o, output wire [15:0] a_o, output wire [7:0] b_o
);
  wire [15:0] d;
  wires u_wires (.a_i(d_i), .y_o(d));
  after_reset u_reset (.clk_i, .rst_ni, .d_i(d), .q_o(reset_o));
  after_memory u_memory (.clk_i, .write_i, .addr_i, .d_i(d), .q_o(memory_o));
  memory_alone u_alone (.clk_i, .write_i, .addr_i, .d_i(d[11:0]), .q_o(word_o));
  around u_around (.clk_i, .a_i(d), .b_i(d[7:0]), .a_o, .b_o);
endmodule
`

needs('yosys', 'the slowest path', () => {
  let paths: readonly Path[] = []
  beforeAll(async () => {
    paths = await pathsOf(PLANTED)
  })
  const pathOf = (name: string) => paths.find(({ module }) => module === name)

  test('begins at a flip-flop with an asynchronous reset', () => {
    expect(pathOf('after_reset')).toEqual({
      module: 'after_reset',
      picoseconds: REGISTER + ADDER,
      from: expect.stringMatching(/^d_q\[\d+\] \(FDCE\.C->Q\)$/),
      to: expect.stringMatching(/^q_o\[\d+\] \(FDCE\.D\)$/),
    })
  })

  test('begins at a block RAM without an output register', () => {
    expect(pathOf('after_memory')).toEqual({
      module: 'after_memory',
      picoseconds: BLOCK_RAM + ADDER,
      from: 'mem.0.0 (RAMB18E1.CLKARDCLK->DOADO)',
      to: expect.stringMatching(/^q_o\[\d+\] \(FDRE\.D\)$/),
    })
  })

  test('may end at an output of a block RAM that nobody reads', () => {
    expect(pathOf('memory_alone')).toMatchObject({ picoseconds: BLOCK_RAM })
  })

  test('goes through the modules inside', () => {
    expect(pathOf('around')?.picoseconds).toBe(REGISTER + ADDER)
    expect(pathOf('top')?.picoseconds).toBe(BLOCK_RAM + ADDER)
  })

  test('of a module of several sizes is the slowest of them, from a port to a port', () => {
    expect(pathOf('adder')).toMatchObject({
      picoseconds: ADDER,
      from: expect.stringMatching(/^a_i \[\d+\]$/),
      to: expect.stringMatching(/^y_o \[\d+\]$/),
    })
    expect(paths.filter(({ module }) => module === 'adder')).toHaveLength(1)
  })

  test('of a module that is wires alone is none', () => {
    expect(paths.map(({ module }) => module).sort()).toEqual([
      'adder',
      'after_memory',
      'after_reset',
      'around',
      'memory_alone',
      'top',
    ])
  })

  test('is not looked for where the models have no delay of a cell', async () => {
    // A black box of Yosys' own, which nothing is known of.
    const text = `module top (input wire a_i, output wire y_o); BUFMR u (.I(a_i), .O(y_o)); endmodule
      (* blackbox *) module BUFMR (input wire I, output wire O); endmodule`
    await expect(pathsOf(text)).rejects.toThrow(/^top: paths through these cells are not seen:\n.*BUFMR/)
  })
})

describe('the models', () => {
  const arc = 'if (&DOA_REG) (posedge CLK => (DO : 1)) = 2454;\n'
  const reset = 'if (IS_CLR_INVERTED != CLR) (CLR => Q) = 764;\n'

  test('are corrected where they are wrong', () => {
    const text = correctModels(arc.repeat(8) + reset.repeat(4))
    expect(text.match(/if \(~\|DOA_REG\) \(posedge CLK/g)).toHaveLength(8)
    expect(text).not.toMatch(/CLR => Q/)
  })

  test.each(['~|', '!', '!|', '~'])('are left as they are where Yosys has corrected them (%s)', (not) => {
    const text = arc.repeat(8).replaceAll('&', not)
    expect(correctModels(text + reset.repeat(4)).trim()).toBe(text.trim())
  })

  test.each([
    {
      because: 'fewer block RAMs',
      text: arc.repeat(7) + reset.repeat(4),
      message: /block RAM.* 7 times, not 8/,
    },
    { because: 'no block RAM', text: reset.repeat(4), message: /block RAM.* 0 times, not 8/ },
    { because: 'other resets', text: arc.repeat(8) + reset.repeat(5), message: /reset.* 5 times, not 4/ },
  ])('are refused where the file is another one: $because', ({ text, message }) => {
    expect(() => correctModels(text)).toThrow(message)
  })
})

needs('yosys', "Yosys' own models", () => {
  test('are those that the corrections are for', () => {
    expect(correctModels(readXilinxModels())).toContain('module RAMB18E1')
  })
})
