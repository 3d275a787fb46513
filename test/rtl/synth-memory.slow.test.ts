/** `make synth` must be able to fail: a memory that cannot be block RAM. Yosys takes seconds to read its primitives. */
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Design } from '../../src/bench/synth-design.ts'
import { mapDesign } from '../../src/bench/synth-map.ts'
import { needs } from '../witness.ts'

const scratch = () => mkdtemp(join(tmpdir(), 'assay-synth-test-'))

/** A memory of words of 16 bits beside one inverter; `read` is its read port. */
const memory = (read: string) => `
module inverter (input wire a, output wire y);
  assign y = !a;
endmodule
module top #(parameter int Words = 512) (
  input  wire                     clk_i,
  input  wire                     write_i,
  input  wire [$clog2(Words)-1:0] write_addr_i,
  input  wire [$clog2(Words)-1:0] read_addr_i,
  input  wire [15:0]              data_i,
  output logic [15:0]             data_o
);
  logic [15:0] mem[Words];
  wire write;
  inverter u_inverter (.a(write_i), .y(write));
  always_ff @(posedge clk_i) if (write) mem[write_addr_i] <= data_i;
  ${read}
endmodule
`

needs('yosys', 'a memory', () => {
  const map = async (text: string, parameters: Design['parameters']) => {
    const folder = await scratch()
    const source = join(folder, 'module.sv')
    await writeFile(source, text)
    return mapDesign({ top: 'top', parameters }, [source], folder)
  }
  const synchronous = memory('always_ff @(posedge clk_i) data_o <= mem[read_addr_i];')

  test('that is read at once, without a clock, is no block RAM: refused', async () => {
    await expect(map(memory('assign data_o = mem[read_addr_i];'), {})).rejects.toThrow(
      /^top: the memory mem, 512 words of 16 bits, became [1-9]\d* LUT RAMs and no block RAM$/,
    )
  })

  test('that is read at an edge is one, counted in the module that holds it', async () => {
    const { modules, memories } = await map(synchronous, { Words: 1024 })
    expect(memories).toEqual([{ name: 'mem', words: 1024, width: 16, blockRams: 1, lutRams: 0 }])
    expect(modules).toEqual([
      { name: 'top', instances: 1, luts: 0, flipFlops: 0, dsps: 0, blockRams: 1, lutRams: 0 },
      { name: 'inverter', instances: 1, luts: 0, flipFlops: 0, dsps: 0, blockRams: 0, lutRams: 0 },
    ])
  })
})
