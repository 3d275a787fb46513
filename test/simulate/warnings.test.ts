/** What Verilator warns of is told when a model is built, and refused on request. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Diagnostic } from '../../src/input/tool-error.ts'
import { readSourceList } from '../../src/pipeline/files/rtl-sources.ts'
import { readEnvironment } from '../../src/process/environment.ts'
import { describeDelays, findDelays } from '../../src/simulate/build/delays.ts'
import { runVerilator } from '../../src/simulate/build/run-verilator.ts'
import { listSourceFlags } from '../../src/simulate/build/source-flags.ts'
import {
  chooseWarnings,
  refuseWarnings,
  tellWarnings,
  warningFlags,
} from '../../src/simulate/build/warnings.ts'
import { buildModel, ToolError } from '../../src/simulate/index.ts'
import { listenToNotices } from '../../src/store/notice.ts'

let folder = ''
let said: string[] = []
let undo = (): void => {}
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-warnings-'))
  said = []
  undo = listenToNotices((text) => said.push(text))
})
afterEach(() => undo())

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const hasty = `module hasty (input logic clk_i, input logic [7:0] a_i, input logic s_i,
  output logic [3:0] y_o, output logic [7:0] l_o, output logic [8:0] x_o, output logic u_o);
  part part (.clk_i, .d_i(a_i));
  assign y_o = a_i;
  always_comb if (s_i) l_o = a_i;
  assign x_o = a_i;
  logic nothing;
  assign u_o = nothing;
endmodule
module part (input logic clk_i, input logic [7:0] d_i, input logic en_i);
  logic [7:0] q;
  always_ff @(posedge clk_i) if (en_i) q <= d_i;
endmodule
`
const kindsOf = (warnings: readonly Diagnostic[]) =>
  warnings
    .map(({ line, message }) => `${line} ${/\[(PINMISSING|WIDTH|LATCH|UNDRIVEN)/.exec(message)?.[1]}`)
    .sort()

describe('likely mistakes', () => {
  const all = ['3 PINMISSING', '4 WIDTH', '5 LATCH', '7 UNDRIVEN']

  test('are told when a model is built, and not again where it is found in the cache', async () => {
    const options = { top: 'hasty', sources: [write('hasty.sv', hasty)] }
    const { warnings } = await buildModel(options)
    expect(kindsOf(warnings)).toEqual(all)
    expect(said).toHaveLength(4)
    expect(said.join('\n')).toMatch(/^warning: .*hasty\.sv:3:\d+: .*missing pin: 'en_i' \[PINMISSING\]$/m)
    expect((await buildModel(options)).warnings).toEqual(warnings)
    expect(said).toHaveLength(4)
  })

  test('are told by the first who wants them, where the model was built without', async () => {
    const options = { top: 'hasty', sources: [write('hasty.sv', hasty)] }
    await buildModel({ ...options, warnings: 'ignore' })
    expect(said).toEqual([])
    await buildModel(options)
    expect(said).toHaveLength(4)
    // As in another process, which has said nothing yet.
    vi.resetModules()
    const again: string[] = []
    const { listenToNotices } = await import('../../src/store/notice.ts')
    onTestFinished(listenToNotices((text) => again.push(text)))
    const other = await import('../../src/simulate/build/build.ts')
    expect((await other.buildModel(options)).warnings).toHaveLength(4)
    expect(again).toEqual([])
  })

  test('are errors on request, whether the model is in the cache or not', async () => {
    const options = { top: 'hasty', sources: [write('hasty.sv', hasty)], warnings: 'error' } as const
    const refused = /Warnings are errors .* for hasty:\n.*hasty\.sv:3:\d+: .*\[PINMISSING\]\n[\s\S]*LATCH/
    await expect(buildModel(options)).rejects.toThrow(refused)
    await expect(buildModel(options)).rejects.toBeInstanceOf(ToolError)
    await buildModel({ ...options, warnings: 'ignore' })
    expect(said).toEqual([])
    await expect(buildModel(options)).rejects.toThrow(refused)
  })

  test('are no news of sources that were broken on purpose', async () => {
    const environment = { ...readEnvironment(), mutation: folder }
    const { warnings } = await buildModel({ top: 'hasty', sources: [write('hasty.sv', hasty)], environment })
    expect(warnings).toHaveLength(4)
    expect(said).toEqual([])
  })

  test('are left out where a comment or a .vlt file says so', async () => {
    const quiet = hasty
      .replace('  part part', '  /* verilator lint_off PINMISSING */\n  part part')
      .replace('  logic nothing;', '  /* verilator lint_off UNDRIVEN */ logic nothing;')
    const waiver = write(
      'waive.vlt',
      '`verilator_config\nlint_off -rule LATCH -file "*hasty.sv"\nlint_off -rule WIDTH -file "*hasty.sv"\n',
    )
    const { warnings } = await buildModel({
      top: 'hasty',
      sources: [write('hasty.sv', quiet), waiver],
      warnings: 'error',
    })
    expect(warnings).toEqual([])
  })

  test('are none in the RTL of the detector', async () => {
    const source = { top: 'detector', sources: await readSourceList() }
    const flags = ['--lint-only', '-Mdir', folder, ...warningFlags, ...listSourceFlags(source)]
    expect(chooseWarnings(await runVerilator(flags, source))).toEqual([])
  })
})

const warning = (message: string): Diagnostic => ({
  severity: 'warning',
  file: 'a.sv',
  line: 1,
  column: 2,
  message,
})

describe('of what Verilator says', () => {
  test.each([
    ['expects 4 bits on the Assign RHS, but Assign RHS generates 8 bits. [WIDTH]', true],
    ['expects 9 bits on the Assign RHS, but Assign RHS generates 8 bits. [WIDTH]', false],
    ['expects 32 or 5 bits on the LHS, but LHS generates 8 bits. [WIDTH]', false],
    ['Bit extraction of array[7:0] requires 3 bit index, not 8 bits. [WIDTH]', true],
    ['Bit extraction of array[7:0] requires 3 bit index, not 2 bits. [WIDTH]', false],
    ['Logical operator IF expects 1 bit on the If, but If generates 8 bits. [WIDTHTRUNC]', false],
    ['Something of another form. [WIDTH]', true],
    ['expects 9 bits. [WIDTHEXPAND]', false],
    ['Comparison is constant. [CMPCONST]', false],
    ['Signal is not driven. [UNDRIVEN]', true],
  ])('%s: %s', (message, kept) => {
    expect(chooseWarnings([warning(message)])).toHaveLength(Number(kept))
    expect(chooseWarnings([warning(message)], ['-Wall'])).toHaveLength(1)
  })

  test('each is said once, errors are for others, and a flag that asks for one gets all', () => {
    const one = warning('x [LATCH]')
    expect(chooseWarnings([one, { ...one }, { ...one, severity: 'error' }])).toEqual([one])
    const quiet = warning('x [CMPCONST]')
    expect(chooseWarnings([quiet], ['-Wwarn-CMPCONST'])).toEqual([quiet])
    expect(chooseWarnings([quiet], ['-Wno-LATCH'])).toEqual([])
  })

  test('so many are told, and how many there are', () => {
    const many = Array.from({ length: 23 }, (_, i) => warning(`mistake ${i} [LATCH]`))
    tellWarnings(many)
    expect(said).toHaveLength(21)
    expect(said[20]).toBe('and 3 more warnings')
    expect(() => refuseWarnings('top', many)).toThrow(/mistake 19 \[LATCH\]\nand 3 more$/)
    expect(() => refuseWarnings('top', [])).not.toThrow()
  })
})

describe('delays that are left out', () => {
  test.each([
    ['q <= #1 d;', 1],
    ['assign #3 a = b;\n  assign #(1, 2) c = d;', 2],
    ['buf #(2) (a, b);', 1],
    ['begin #2; a = #1 b; end', 2],
    ['always @(posedge c) #DELAY a = b;', 1],
    ['forever #`HALF clk = ~clk;', 0],
    ['initial #5 clk = 1;', 1],
    ['wire #1 a = b;', 1],
    ['part #(.Width(8)) part (a);', 0],
    ['part #(8) part (a);\n  part #8 other (a);', 0],
    ['module m import p::*; #(parameter int A = 1) ();', 0],
    ['module m #(parameter int A = 1) ();', 0],
    ['a ##1 b;', 0],
    ['// q <= #1 d;\n/* q <= #1 d; */ x = "= #1";', 0],
  ])('%s: %i', (text, count) => {
    expect(findDelays(text, 'a.sv')?.count ?? 0).toBe(count)
  })

  test('are placed by the directives of the preprocessor', () => {
    const text =
      '`line 1 "a.sv" 1\nmodule a;\n`line 7 "b.svh" 1\nx\n\nq <= #1 d;\n`line 3 "a.sv" 2\nq <= #1 d;\n'
    expect(findDelays(text, 'x.sv')).toEqual({ count: 2, file: 'b.svh', line: 9 })
    expect(findDelays('\nq <= "#2" ? 1 : 2;\nq <=\n  #1 d;', 'x.sv')).toEqual({
      count: 1,
      file: 'x.sv',
      line: 4,
    })
  })

  test('are said once a build, where they are part of it', async () => {
    const source = write(
      'late.sv',
      `module late (input logic clk_i, input logic d_i, output logic q_o);
\`ifdef LATE
  always_ff @(posedge clk_i) q_o <= #1 d_i;
\`else
  always_ff @(posedge clk_i) q_o <= d_i;
\`endif
endmodule
`,
    )
    await buildModel({ top: 'late', sources: [source] })
    expect(said).toEqual([])
    const late = { top: 'late', sources: [source], defines: { LATE: '' } }
    await buildModel(late)
    await buildModel(late)
    expect(said).toEqual([
      expect.stringMatching(/late\.sv:3: a delay is ignored, as synthesis does; timing: true/),
    ])
    expect(await describeDelays([...listSourceFlags(late)], [source])).toBe(said[0])
  })
})
