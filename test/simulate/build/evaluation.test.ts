/** What the bridge runs in place of the generated class: only where that is the same, cycle by cycle. */
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { runTool } from '../../../src/process/run-tool.ts'
import {
  type Evaluation,
  findEvaluation,
  generateEvaluation,
  readEvaluation,
} from '../../../src/simulate/build/evaluation.ts'
import { modelClass } from '../../../src/simulate/build/names.ts'
import { simulate } from '../../../src/simulate/index.ts'
import { makeRandom } from '../../../src/testing/random.ts'
import { needs } from '../../witness.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-evaluation-'))
})

async function lay(name: string, text: string): Promise<string> {
  const source = join(folder, `${name}.sv`)
  await writeFile(source, text)
  return source
}

async function evaluationOf(source: string, ...flags: readonly string[]): Promise<Evaluation> {
  const at = await mkdtemp(join(folder, 'model-'))
  await runTool('verilator', ['--cc', '--assert', '-Wno-fatal', '-Wno-lint', ...flags, '-Mdir', at, '--prefix', modelClass, source]) // biome-ignore format: one call
  return readEvaluation(at)
}

const clocked = (body: string) =>
  `module m (input logic clk_i, input logic rst_ni, input logic [7:0] d_i, output logic [7:0] q_o);\n${body}\nendmodule\n`

const register = 'always_ff @(posedge clk_i) q_o <= d_i;'
const oscillator =
  'logic a = 0, b = 0; always @(posedge a or negedge a or posedge clk_i) if (d_i[0]) b <= ~b; ' +
  'always @(posedge b or negedge b) a <= b; assign q_o = {8{a}};'

// Another version's code is that of its class.
needs('Verilator 5.006', 'the evaluation', () => {
  test.each([
    ['a register', register, [], 'steps'],
    ['logic without a clock', "assign q_o = d_i + 8'd1;", [], 'steps'],
    ['a latch', 'always_latch if (d_i[0]) q_o = d_i;', [], 'steps'],
    ['a gated clock', 'logic e, g; always_latch if (!clk_i) e = d_i[0]; assign g = clk_i & e; always_ff @(posedge g) q_o <= d_i;', [], 'steps'], // biome-ignore format: one row
    ['a clock that is a register', 'logic h; always_ff @(posedge clk_i) h <= ~h; always_ff @(negedge h or negedge rst_ni) q_o <= d_i;', [], 'steps'], // biome-ignore format: one row
    ['initial and final blocks', `initial q_o = 8'd7; final $display("%0d", q_o); ${register}`, [], 'steps'],
    ['counters of coverage', register, ['--coverage'], 'steps'],
    ['what does not settle', oscillator, [], 'steps'],
    ['logic of the active region', 'logic [7:0] r; logic c; always @(posedge clk_i) r = d_i; always @(posedge clk_i) c = r[0]; always @(posedge c) q_o <= r;', [], 'root'], // biome-ignore format: one row
    ['a change of any kind', 'always @(clk_i) q_o = q_o + 1;', [], 'root'],
    ['a bit of a word as a clock', 'always_ff @(posedge d_i[3]) q_o <= q_o + 1;', [], 'root'],
    ['a combinational loop', 'logic [3:0] t; assign t[0] = d_i[0]; assign t[3:1] = t[2:0] ^ d_i[3:1]; assign q_o = {4\'d0, t};', [], 'root'], // biome-ignore format: one row
    ['an event', 'event e; always @(posedge clk_i) -> e; always @(e) q_o = q_o + 1;', [], 'wrapped'],
    ['an object of a class', `class c; int a; endclass c o; initial o = new; ${register}`, [], 'wrapped'],
    ['a waveform', register, ['--trace-fst'], 'wrapped'],
    ['threads', `${register} logic [7:0] o; always_ff @(posedge clk_i) o <= d_i;`, ['--threads', '2'], 'wrapped'], // biome-ignore format: one row
    ['delays', `initial #5 q_o = 1; ${register}`, ['--timing'], 'root'],
  ] as const)('of %s', async (_, body, flags, kind) => {
    expect((await evaluationOf(await lay('m', clocked(body)), ...flags)).kind).toBe(kind)
  })

  test('of a function that the model lends to C', async () => {
    const body = `export "DPI-C" function twice; function int twice(int a); q_o = 8'(a); return 2 * a; endfunction`
    expect((await evaluationOf(await lay('m', clocked(body)))).kind).not.toBe('steps')
  })

  test.each([1, 2, 3])('of random module %i is in steps', async (seed) => {
    const source = await lay(`random_${seed}`, writeRandom(`random_${seed}`, seed))
    expect((await evaluationOf(source, '--x-initial', 'fast')).kind).toBe('steps')
  })
})

test('C++ of another version is evaluated by its class', () => {
  expect(findEvaluation('')).toEqual({ kind: 'wrapped' })
  expect(generateEvaluation({ kind: 'wrapped' })).toContain('->eval(); }')
  expect(generateEvaluation({ kind: 'root' })).toContain('___eval(vlSelf);')
})

/** Registers on clocks of all kinds, latches and logic between them, each of what stands before it. */
function writeRandom(name: string, seed: number): string {
  const random = makeRandom(seed)
  const pick = <Item>(list: readonly Item[]): Item => list[random(list.length)]!
  const words = ['a_i', 'b_i']
  const clocks = ['clk_i']
  const lines: string[] = []
  const operand = () => pick(words)
  const term = () => `(${operand()} ${pick(['+', '^', '&', '|', '-'])} ${operand()})`
  for (let k = 0; k < 24; k++) {
    const word = `s${k}`
    const clock = pick(clocks)
    const edge = pick(['posedge', 'negedge'])
    const next = pick([`${word} <= ${term()};`, `if (${operand()}[${random(8)}]) ${word} <= ${term()};`])
    lines.push(`logic [7:0] ${word};`)
    const kind = random(6)
    if (kind === 0) lines.push(`assign ${word} = ${term()};`)
    if (kind === 1) lines.push(`always_latch if (!clk_i) ${word} = ${term()};`)
    if (kind === 2) lines.push(`initial ${word} = 8'd${random(256)};`, `always @(${edge} ${clock}) ${next}`)
    if (kind === 3)
      lines.push(`always_ff @(posedge ${clock} or negedge ${clock} or negedge rst_ni)`, `if (!rst_ni) ${word} <= 0; else ${next}`) // biome-ignore format: one call
    if (kind > 3)
      lines.push(`always_ff @(${edge} ${clock} or negedge rst_ni)`, `if (!rst_ni) ${word} <= 8'd${random(256)}; else ${next}`) // biome-ignore format: one call
    words.push(word)
    if (clocks.length < 6 && kind !== 0) {
      const own = `c${k}`
      lines.push(
        `logic ${own};`,
        `assign ${own} = ${kind === 1 ? `clk_i & ${word}[0]` : `${word}[${random(2)}]`};`,
      )
      clocks.push(own)
    }
  }
  const outputs = words.slice(2).map((word, index) => `y_o[${index * 8}+:8] = ${word};`)
  const ports = 'input logic clk_i, input logic rst_ni, input logic [7:0] a_i, input logic [7:0] b_i'
  return `module ${name} (${ports}, output logic [${8 * outputs.length - 1}:0] y_o);
${lines.join('\n')}
${outputs.map((text) => `assign ${text}`).join('\n')}
endmodule
`
}

test.each([1, 2, 3])('random module %i is the same in steps as with its class', async (seed) => {
  const top = `random_${seed}`
  const source = await lay(top, writeRandom(top, seed))
  await using steps = await simulate({ top, sources: [source] })
  await using wrapped = await simulate({ top, sources: [source], trace: true })
  const random = makeRandom(seed)
  const seen = new Set<unknown>()
  for (let cycle = 0; cycle < 500; cycle++) {
    const inputs = { a_i: random(256), b_i: random(256), rst_ni: +(random(50) > 0) }
    for (const dut of [steps, wrapped]) {
      Object.assign(dut.ports, inputs)
      // Inputs that reach outputs without an edge, now and then.
      if (cycle % 3 === 0) seen.add(dut.ports.y_o)
      dut.tick(cycle % 4)
    }
    expect(steps.ports.y_o).toBe(wrapped.ports.y_o)
    seen.add(steps.ports.y_o)
  }
  expect(seen.size).toBeGreaterThan(250)
})

test('what does not settle is an error as with its class', async () => {
  const sources = [await lay('m', clocked(oscillator))]
  const fail = async (trace: boolean): Promise<unknown> => {
    await using dut = await simulate({ top: 'm', sources, trace })
    dut.tick(2)
    dut.ports.d_i = 1
    try {
      dut.tick()
    } catch (error) {
      return error
    }
  }
  const failure = await fail(false)
  expect(failure).toMatchObject({ kind: 'no-convergence' })
  expect(String(await fail(true))).toBe(String(failure))
})
