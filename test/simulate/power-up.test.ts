import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { simulate } from '../../src/simulate/index.ts'
import { makeFolder } from '../pipeline/prepared.ts'
import { VERILATOR_CACHE } from '../pipeline/shared-data.ts'

const source = `
module power_up (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic start_i,
  input  logic [39:0] lanes_i [2],
  output logic started_o,
  output logic [31:0] held_o
);
  logic [31:0] held;
  assign held_o = held;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) started_o <= 1'b0;
    else started_o <= started_o | start_i | (|lanes_i[0]) | (|lanes_i[1]);
  end
  always_ff @(posedge clk_i) if (start_i) held <= held + 32'd1;
endmodule
`

interface Ports {
  readonly started_o: number
  readonly held_o: number
}

test('a random power-up is of what the module holds: inputs begin with zero, whatever the seed', async () => {
  const folder = makeFolder()
  const file = join(folder, 'power_up.sv')
  writeFileSync(file, source)
  const held = new Set<number>()
  for (const seed of [1, 2, 3, 4]) {
    const options = {
      top: 'power_up',
      sources: [file],
      cacheDir: VERILATOR_CACHE,
      randomiseUnknowns: true,
      seed,
    }
    await using dut = await simulate<Ports>(options)
    dut.tick(3)
    expect(dut.ports.started_o).toBe(0)
    held.add(dut.ports.held_o)
  }
  expect(held.size).toBe(4)
})

test('a reset from the beginning reaches what a stopped clock drives', async () => {
  const folder = makeFolder()
  const file = join(folder, 'stopped.sv')
  writeFileSync(
    file,
    `module stopped (input logic clk_i, input logic rst_ni, input logic enable_i, output logic [7:0] count_o);
      wire gated = clk_i && enable_i;
      always_ff @(posedge gated or negedge rst_ni) begin
        if (!rst_ni) count_o <= 8'd42;
        else count_o <= count_o + 8'd1;
      end
    endmodule`,
  )
  for (const randomiseUnknowns of [false, true]) {
    const options = { top: 'stopped', sources: [file], cacheDir: VERILATOR_CACHE, randomiseUnknowns, seed: 2 }
    await using dut = await simulate<{ enable_i: number; readonly count_o: number }>(options)
    expect(dut.ports.count_o).toBe(42)
    dut.ports.enable_i = 1
    dut.tick(3)
    expect(dut.ports.count_o).toBe(45)
  }
})
