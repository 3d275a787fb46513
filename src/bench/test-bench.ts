/** The test bench: a cycle from TypeScript, streams, the start of a test file, the unit tests of rtl/. */
import { execFileSync } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readEnvironment } from '../process/environment.ts'
import { findTools } from '../simulate/build/tools.ts'
import { speedFlags } from '../simulate/build/verilator.ts'
import { simulate } from '../simulate/index.ts'
import { atMost, type Bench, type BenchContext, cpuSeconds, type Measurement, median } from './measure.ts'
import { measureCommand } from './process.ts'

const atLeast = (what: string, value: number, limit: number, unit: string, note: string): Measurement => ({
  what,
  target: `${limit.toLocaleString('en-US')} ${unit}`,
  measured: `${Math.round(value).toLocaleString('en-US')} ${unit}`,
  met: value >= limit,
  note,
})

const counterSource = `
module counter (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        up_i,
  input  logic [15:0] step_i,
  output logic [31:0] count_o,
  output logic        odd_o
);
  assign odd_o = count_o[0];
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) count_o <= '0;
    else if (up_i) count_o <= count_o + 32'(step_i);
  end
endmodule
`

interface CounterPorts {
  up_i: number
  step_i: number
  readonly count_o: number
  readonly odd_o: number
}

export const cycleBench: Bench = {
  name: 'cycle',
  run: async ({ scratch, home }) => {
    const source = join(scratch, 'counter.sv')
    await writeFile(source, counterSource)
    const cacheDir = join(home, 'build', 'cache', 'verilator')
    await using dut = await simulate<CounterPorts>({ top: 'counter', sources: [source], cacheDir })
    const { ports } = dut
    const cycles = 300_000
    const rates: number[] = []
    let sum = 0
    for (let round = 0; round < 9; round++) {
      const begin = performance.now()
      for (let i = 0; i < cycles; i++) {
        ports.up_i = i & 1
        ports.step_i = i & 0xffff
        dut.tick()
        sum += ports.count_o + ports.odd_o
      }
      rates.push((1000 * cycles) / (performance.now() - begin))
    }
    if (sum === 0) throw new Error('the counter did not count')
    const note = 'two inputs written, a clock edge, two outputs read; median of 9'
    return [atLeast('cycles driven from TypeScript', median(rates), 1_000_000, '/s', note)]
  },
}

/** A register slice of 32 bits: the least RTL that a stream can pass, so that what is measured is the bridge. */
const sliceSource = `
module slice (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        in_valid_i,
  output logic        in_ready_o,
  input  logic [31:0] in_data_i,
  output logic        out_valid_o,
  input  logic        out_ready_i,
  output logic [31:0] out_data_o
);
  assign in_ready_o = !out_valid_o || out_ready_i;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) out_valid_o <= 1'b0;
    else if (in_ready_o) out_valid_o <= in_valid_i;
  end
  always_ff @(posedge clk_i) if (in_valid_i && in_ready_o) out_data_o <= in_data_i;
endmodule
`

/** What one would write by hand for this module: it keeps the beats and the cycle of each, as the bridge does. */
const handWritten = `
#include "Vslice.h"
#include "verilated.h"
#include <ctime>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>
int main(int, char** argv) {
  const size_t beats = std::atol(argv[1]);
  VerilatedContext context;
  Vslice top{&context};
  std::vector<uint32_t> in(beats);
  for (size_t i = 0; i < beats; ++i) in[i] = static_cast<uint32_t>(i * 2654435761u);
  top.rst_ni = 0;
  for (int i = 0; i < 4; ++i) { top.clk_i = i & 1; top.eval(); }
  top.rst_ni = 1;
  std::vector<uint32_t> out;
  std::vector<double> cycles;
  size_t sent = 0;
  double cycle = 0;
  const std::clock_t begin = std::clock();
  while (out.size() < beats) {
    top.in_valid_i = sent < beats;
    if (sent < beats) top.in_data_i = in[sent];
    top.out_ready_i = 1;
    top.clk_i = 0;
    top.eval();
    context.timeInc(1);
    if (top.in_valid_i && top.in_ready_o) ++sent;
    if (top.out_valid_o && top.out_ready_i) {
      out.push_back(top.out_data_o);
      cycles.push_back(cycle);
    }
    top.clk_i = 1;
    top.eval();
    context.timeInc(1);
    ++cycle;
  }
  const double seconds = double(std::clock() - begin) / CLOCKS_PER_SEC;
  for (size_t i = 0; i < beats; ++i) if (out[i] != in[i]) return 1;
  std::printf("%.9f\\n", seconds);
}
double sc_time_stamp() { return 0; }
`

export const streamBench: Bench = {
  name: 'stream',
  run: async ({ scratch, home }) => {
    const folder = join(scratch, 'stream')
    await mkdir(folder, { recursive: true })
    const source = join(folder, 'slice.sv')
    await writeFile(source, sliceSource)
    await writeFile(join(folder, 'main.cpp'), handWritten)
    const { target, verilator, compiler } = await findTools(readEnvironment())
    const model = ['--cc', '--top-module', 'slice', '--x-initial', 'fast', '--x-assign', 'fast', '--assert']
    execFileSync('verilator', [...model, ...speedFlags, '-Mdir', folder, source], { stdio: 'ignore' })
    const include = join(verilator.root, 'include')
    const units = (await readdir(folder))
      .filter((name) => name.endsWith('.cpp'))
      .map((name) => join(folder, name))
    const program = join(folder, 'hand')
    const flags = ['-O3', '-std=gnu++17', ...target.flags, '-I', include, '-I', folder, '-pthread', '-w']
    const runtime = ['verilated.cpp', 'verilated_threads.cpp'].map((name) => join(include, name))
    execFileSync(compiler.words[0]!, [
      ...compiler.words.slice(1),
      ...flags,
      ...units,
      ...runtime,
      '-o',
      program,
    ])

    const beats = 2_000_000
    const bytes = new Uint8Array(
      Uint32Array.from({ length: beats }, (_, i) => Math.imul(i, 2654435761)).buffer,
    )
    const cacheDir = join(home, 'build', 'cache', 'verilator')
    await using dut = await simulate({ top: 'slice', sources: [source], cacheDir })
    const own: number[] = []
    const hand: number[] = []
    // In turn, so that a busy machine slows both.
    for (let round = 0; round < 7; round++) {
      hand.push(Number(execFileSync(program, [String(beats)]).toString()))
      let data = new Uint8Array()
      own.push(
        await cpuSeconds(async () => {
          await dut.in.sendPacked(bytes)
          data = (await dut.out.receivePacked(beats, { withinCycles: 2 * beats })).data
        }),
      )
      if (Buffer.compare(data, bytes) !== 0) throw new Error('the slice changed the beats')
    }
    // The least disturbed run of each.
    const [ours, theirs] = [Math.min(...own), Math.min(...hand)]
    const share = (100 * theirs) / ours
    const ns = (seconds: number) => `${((seconds / beats) * 1e9).toFixed(1)} ns`
    const note = `${ns(ours)} a beat, by hand ${ns(theirs)}; ${beats.toLocaleString('en-US')} beats in and out, CPU, best of 7`
    return [{ what: 'throughput of streams, relative to a hand-written C++ loop', target: '95 %', measured: `${share.toFixed(0)} %`, met: share >= 95, note }] // biome-ignore format: one record
  },
}

export const startBench: Bench = {
  name: 'start',
  run: async ({ scratch, home }) => {
    const source = join(scratch, 'counter.sv')
    await writeFile(source, counterSource)
    const index = pathToFileURL(join(home, 'dist', 'simulate', 'index.js')).href
    const cacheDir = join(home, 'build', 'cache', 'verilator')
    const program = [
      'const begin = performance.now()',
      `const { simulate } = await import(${JSON.stringify(index)})`,
      `const dut = await simulate(${JSON.stringify({ top: 'counter', sources: [source], cacheDir })})`,
      'dut.tick()',
      'await dut.close()',
      'console.log((performance.now() - begin) / 1000)',
    ].join('\n')
    const run = () =>
      Number(execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd: home }).toString())
    run()
    const seconds = median(Array.from({ length: 7 }, run))
    const note = 'a fresh process: import, tools found, sources hashed, model opened; median of 7'
    return [atMost('start of a test file, RTL unchanged', seconds, 0.3, note)]
  },
}

/** Files that test one module; whole networks, Icarus and Yosys are other tests. */
async function listUnitTests({ home }: BenchContext): Promise<readonly string[]> {
  const names = await readdir(join(home, 'test', 'rtl'))
  const isUnit = (name: string) => name.endsWith('.test.ts') && !/tools|cycles|detector|synth|slow/.test(name)
  return names.filter(isUnit).map((name) => `test/rtl/${name}`)
}

export const unitsBench: Bench = {
  name: 'units',
  run: async (context) => {
    const tests = await listUnitTests(context)
    const env = { ...process.env, ASSAY_CACHE: join(context.scratch, 'cache'), CCACHE_DISABLE: '1' }
    const run = async () => {
      const args = ['run', ...tests]
      const { seconds, exitCode } = await measureCommand('node_modules/.bin/vitest', args, { cwd: context.home, env }) // biome-ignore format: one call
      if (exitCode !== 0) throw new Error('the unit tests of rtl/ fail')
      return seconds
    }
    const cold = await run()
    const warm = median([await run(), await run(), await run()])
    return [
      atMost('unit tests of rtl/, nothing built', cold, 60, `${tests.length} files, ccache off`),
      atMost('unit tests of rtl/, nothing changed', warm, 10, 'median of 3'),
    ]
  },
}
