import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { type CoveragePoint, readCounts } from '../../src/coverage/counts.ts'
import { type Dut, type SimulateOptions, simulate } from '../../src/simulate/index.ts'
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

/** Counts of toggles by signal, added up over their bits, and of lines. */
async function countPoints(options: SimulateOptions, body: (dut: Dut) => void) {
  const folder = makeFolder()
  vi.stubEnv('ASSAY_COVERAGE', folder)
  try {
    const dut = await simulate(options)
    body(dut)
    await dut.close()
  } finally {
    vi.unstubAllEnvs()
  }
  const into = new Map<string, Map<string, CoveragePoint>>()
  for (const name of readdirSync(folder)) readCounts(readFileSync(join(folder, name), 'utf8'), into)
  const toggles: Record<string, number> = {}
  let lines = 0
  for (const { kind, what, count } of [...into.values()].flatMap((points) => [...points.values()])) {
    const signal = what.replace(/\[.*/, '')
    if (kind === 'toggle') toggles[signal] = (toggles[signal] ?? 0) + count
    else lines += count
  }
  return { toggles, lines }
}

test('a random power-up toggles nothing: what a test does counts, and what nobody drives does not', async () => {
  const file = join(makeFolder(), 'power_up.sv')
  writeFileSync(file, source)
  const options = { top: 'power_up', sources: [file], cacheDir: VERILATOR_CACHE, warnings: 'ignore' as const }
  const random = { ...options, randomiseUnknowns: true, seed: 3 }
  const still = await countPoints(random, () => {})
  expect(still.toggles).toEqual({
    clk_i: 0,
    rst_ni: 1,
    start_i: 0,
    lanes_i: 0,
    started_o: 0,
    held_o: 0,
    held: 0,
  })
  const act = (dut: Dut) => {
    dut.tick(2)
    dut.ports.start_i = 1
    dut.tick()
  }
  const [busy, zeros] = [await countPoints(random, act), await countPoints(options, act)]
  expect(busy.toggles).toMatchObject({ rst_ni: 1, start_i: 1, lanes_i: 0, started_o: 1 })
  expect(busy.toggles.held).toBeGreaterThan(0)
  // Lines count from the beginning, whatever the values.
  expect(busy.lines).toBe(zeros.lines)
  expect(still.lines).toBeGreaterThan(0)
})

test('a model that fails at its power-up has toggled nothing', async () => {
  const file = join(makeFolder(), 'broken_start.sv')
  const text =
    'logic [7:0] held; assign q_o = held; always_ff @(posedge clk_i) if (!rst_ni) $fatal(1, "too early");'
  writeFileSync(
    file,
    `module broken_start (input logic clk_i, input logic rst_ni, output logic [7:0] q_o); ${text} endmodule`,
  )
  const options = {
    ...{ top: 'broken_start', sources: [file], cacheDir: VERILATOR_CACHE },
    ...{ randomiseUnknowns: true, warnings: 'ignore' as const },
  }
  const folder = makeFolder()
  vi.stubEnv('ASSAY_COVERAGE', folder)
  await expect(simulate(options)).rejects.toThrow('too early')
  vi.unstubAllEnvs()
  const into = new Map<string, Map<string, CoveragePoint>>()
  for (const name of readdirSync(folder)) readCounts(readFileSync(join(folder, name), 'utf8'), into)
  const toggles = [...into.values()]
    .flatMap((points) => [...points.values()])
    .filter(({ kind }) => kind === 'toggle')
  expect(toggles.length).toBeGreaterThan(8)
  expect(toggles.filter(({ count }) => count > 0)).toEqual([])
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
