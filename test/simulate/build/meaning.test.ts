/** A comment makes no new model, and nothing that Verilator sees is taken for one. */
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildModel } from '../../../src/simulate/build/build.ts'
import { withoutPlaces } from '../../../src/simulate/build/meaning.ts'
import { type BuiltModel, simulate } from '../../../src/simulate/index.ts'
import { makeFolder } from '../../pipeline/prepared.ts'

const cacheDir = join(makeFolder(), 'verilator')
const folder = makeFolder()
const file = join(folder, 'counted.sv')

const SOURCE = [
  'module counted (',
  '  input  logic clk_i,',
  '  input  logic [7:0] data_i,',
  '  output logic [7:0] data_o',
  ');',
  '`ifdef NEVER',
  '  initial $display("never");',
  '`endif',
  '  logic [7:0] kept_q;',
  '  always_ff @(posedge clk_i) begin',
  "    kept_q <= data_i + 8'd1;",
  "    assert (data_i != 8'd9);",
  "    if (data_i == 8'd7) $stop;",
  '  end',
  '  assign data_o = kept_q;',
  'endmodule',
]
const textOf = (change: (lines: string[]) => void = () => {}): string => {
  const lines = [...SOURCE]
  change(lines)
  return `${lines.join('\n')}\n`
}
const build = (text: string, own: object = {}): Promise<BuiltModel> => {
  writeFileSync(file, text)
  return buildModel({ top: 'counted', sources: [file], cacheDir, ...own })
}
const madeAt = ({ library }: BuiltModel): unknown => {
  const { ino, mtimeMs } = statSync(library)
  return [library, ino, mtimeMs]
}

const first = await build(textOf())

test.each<[string, (lines: string[]) => void]>([
  ['a comment at the end of a line', (lines) => (lines[10] += ' // adds one')],
  ['another one there', (lines) => (lines[10] += ' // adds 1')],
  ['a comment inside a line', (lines) => (lines[10] = lines[10]!.replace('+', '/* plus */ +'))],
  ['blanks', (lines) => (lines[10] = lines[10]!.replace(' + ', '   +\t'))],
  ['text that is left out', (lines) => (lines[6] = '  initial $display("not at all");')],
  ['a line below all places', (lines) => lines.push('// the end')],
])('%s: the same library, as it was compiled', async (_, change) => {
  const text = textOf(change)
  const built = await build(text)
  expect([built.key, built.meaning, madeAt(built)]).toEqual([first.key, first.meaning, madeAt(first)])
  // What it read is what is there now, when it is found again, too.
  const again = await build(text)
  expect(again).toEqual(built)
  expect(built.inputs.map(({ path }) => path)).toEqual(first.inputs.map(({ path }) => path))
  expect(built.inputs).not.toEqual(first.inputs)
})

test('a line above an assertion: the place that it names moves, and nothing else', async () => {
  const text = textOf((lines) => lines.splice(9, 0, '  // two', '  // lines'))
  const moved = await build(text)
  expect([moved.key === first.key, moved.meaning === first.meaning]).toEqual([false, true])
  for (const [source, line] of [
    [text, 14],
    [textOf(), 12],
  ] as const) {
    writeFileSync(file, source)
    await using dut = await simulate({ top: 'counted', sources: [file], cacheDir })
    dut.ports.data_i = 9
    expect(() => dut.tick(2)).toThrow(`counted.sv:${line}`)
  }
})

test.each<[string, (lines: string[]) => void]>([
  ['a number', (lines) => (lines[10] = lines[10]!.replace("8'd1", "8'd2"))],
  ['a token', (lines) => (lines[10] = lines[10]!.replace('+', '-'))],
  ['the condition of an assertion', (lines) => (lines[11] = lines[11]!.replace('9', '8'))],
  ['an assertion less', (lines) => (lines[11] = '')],
  ['code that a comment took away', (lines) => (lines[12] = `// ${lines[12]}`)],
  ['a comment that Verilator obeys', (lines) => (lines[8] = '  logic [7:0] kept_q /*verilator public*/;')],
  ['a line that counts', (lines) => (lines[14] = "  assign data_o = kept_q ^ 8'(`__LINE__);")],
])('%s: another model, and another meaning', async (_, change) => {
  const built = await build(textOf(change))
  expect(built.key).not.toBe(first.key)
  expect(built.meaning).not.toBe(first.meaning)
})

test('a line that counts, and has moved, is another meaning', async () => {
  const counts = (lines: string[]): void => {
    lines[14] = "  assign data_o = kept_q ^ 8'(`__LINE__);"
  }
  const before = await build(textOf(counts))
  const after = await build(
    textOf((lines) => {
      counts(lines)
      lines.unshift('// one more')
    }),
  )
  expect(after.meaning).not.toBe(before.meaning)
})

test('warnings are those of the files as they are, whichever made the library', async () => {
  const wide = (lines: string[]): void => {
    lines[10] = "    kept_q <= data_i + 9'd1;"
  }
  const quiet = (lines: string[]): void => {
    wide(lines)
    lines[10] = `/* verilator lint_off WIDTH */ ${lines[10]} /* verilator lint_on WIDTH */`
  }
  const silent = await build(textOf(quiet))
  const said = await build(textOf(wide))
  expect([silent.key, silent.warnings.length]).toEqual([said.key, 0])
  expect(said.warnings.map(({ line }) => line)).toContain(11)
  await expect(build(textOf(wide), { warnings: 'error' })).rejects.toThrow(/WIDTH/)
  expect((await build(textOf(quiet), { warnings: 'error' })).key).toBe(silent.key)
})

test('a C source counts with its text', async () => {
  const [rtl, code] = [join(folder, 'calls.sv'), join(folder, 'adds.c')]
  writeFileSync(
    rtl,
    'module calls (input int data_i, output int data_o);\n  import "DPI-C" function int adds(int a);\n  assign data_o = adds(data_i);\nendmodule\n',
  )
  const make = (text: string): Promise<BuiltModel> => {
    writeFileSync(code, text)
    return buildModel({ top: 'calls', sources: [rtl, code], cacheDir })
  }
  const one = await make('int adds(int a) { return a + 1; }\n')
  const two = await make('int adds(int a) { return a + 2; }\n')
  expect([two.key === one.key, two.meaning === one.meaning]).toEqual([false, false])
})

test.each([
  ['    VL_STOP_MT("a \\"b\\".sv", 69, "");', '    VL_STOP_MT("");'],
  [
    '  VL_FATAL_MT("top.sv", 13, "", "NBA region did not converge.");',
    '  VL_FATAL_MT("", "NBA region did not converge.");',
  ],
  [
    '  VL_WRITEF("[%0t] %%Error: top.sv:12: Assertion failed in %Nx\\n",64,VL_TIME());',
    '  VL_WRITEF("[%0t] %%Error: Assertion failed in %Nx\\n",64,VL_TIME());',
  ],
  // What may be read again stays as it is.
  ['  vlSelf->text = VL_SFORMATF_NX("%%Error: top.sv:12: Assertion failed in x");'],
  ['  VL_WRITEF("top.sv:12: all is well");'],
  ['  f("a.sv", 12, "");'],
])('of %s the place goes, and no more', (text, expected = text) => {
  expect(withoutPlaces(text)).toBe(expected)
})
