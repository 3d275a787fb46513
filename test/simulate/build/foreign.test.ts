/** C and C++ among the sources: compiled, linked, part of the key; and what is said where something is missing. */
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { readEnvironment } from '../../../src/process/environment.ts'
import { runTool } from '../../../src/process/run-tool.ts'
import {
  explainUndefined,
  listIncludeFolders,
  parseRule,
  readForeign,
} from '../../../src/simulate/build/foreign.ts'
import { findTools } from '../../../src/simulate/build/tools.ts'
import { type SimulateOptions, simulate, ToolError } from '../../../src/simulate/index.ts'
import { testWith } from '../../witness.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay foreign-'))
})

async function write(name: string, text: string): Promise<string> {
  await mkdir(join(folder, name, '..'), { recursive: true })
  await writeFile(join(folder, name), text)
  return join(folder, name)
}

const caller = `module caller(input logic clk_i, input int a_i, output int y_o);
  import "DPI-C" function int scale(input int x);
  always_ff @(posedge clk_i) y_o <= scale(a_i);
endmodule
`

async function run(sources: readonly string[], others: Partial<SimulateOptions> = {}): Promise<number> {
  await using dut = await simulate({ top: 'caller', sources, ...others })
  dut.ports.a_i = 4
  dut.tick()
  return dut.ports.y_o!
}

describe('C and C++ files among the sources', () => {
  test('are built again when a header of theirs is another, or one comes before it', async () => {
    const rtl = await write('caller.sv', caller)
    const cpp = await write(
      'c/scale.cpp',
      '#include "factor.h"\nextern "C" int scale(int x) { return FACTOR * x; }\n',
    )
    await write('include/factor.h', '#define FACTOR 2\n')
    const options = { includeDirs: [join(folder, 'include')] }
    expect(await run([rtl, cpp], options)).toBe(8)
    await write('include/factor.h', '#define FACTOR 3\n')
    expect(await run([rtl, cpp], options)).toBe(12)
    await write('c/factor.h', '#define FACTOR 5\n')
    expect(await run([rtl, cpp], options)).toBe(20)
    await writeFile(cpp, '#include "factor.h"\nextern "C" int scale(int x) { return FACTOR * x + 1; }\n')
    expect(await run([rtl, cpp], options)).toBe(21)
  })

  test('are C where they end so, and take flags and libraries', async () => {
    const rtl = await write('caller.sv', caller)
    // Words of C++ are names here.
    const c = await write(
      'scale.c',
      '#include <math.h>\nextern volatile int root;\nint scale(int x) { int class = x; return FACTOR * class + (int)sqrt(root); }\n',
    )
    const other = await write('root.cc', 'extern "C" { volatile int root = 81; }\n')
    const options = { cFlags: ['-DFACTOR=10'], ldFlags: ['-lm'] }
    expect(await run([rtl, c, other], options)).toBe(49)
    expect(await run([rtl, c, other], { ...options, cFlags: ['-DFACTOR=11'] })).toBe(53)
  })

  test('may be objects and shared libraries, which are part of the key', async () => {
    const rtl = await write('caller.sv', caller)
    const [command, ...words] = (await findTools(readEnvironment())).compiler.words
    const make = async (name: string, factor: number, ...flags: readonly string[]): Promise<string> => {
      const text = `extern "C" int scale(int x) { return ${factor} * x; }\n`
      const source = await write('library.cc', text)
      const to = join(folder, name)
      await runTool(command!, [...words, source, '-fPIC', ...flags, '-o', to])
      return to
    }
    expect(await run([rtl, await make('scale.o', 6, '-c')])).toBe(24)
    expect(await run([rtl, await make('scale.o', 7, '-c')])).toBe(28)
    // By its name alone nobody would find it.
    const library = await make('libscale.so', 8, '-shared', '-Wl,-soname,libscale.so')
    expect(await run([rtl, library])).toBe(32)
  })

  test('call what the RTL exports, by the header of its name', async () => {
    const rtl = await write(
      'caller.sv',
      `module caller(input logic clk_i, input int a_i, output int y_o);
  import "DPI-C" context function int scale(input int x);
  export "DPI-C" function next;
  function int next(input int x); return x + 1; endfunction
  always_ff @(posedge clk_i) y_o <= scale(a_i);
endmodule
`,
    )
    const cpp = await write(
      'scale.cxx',
      '#include "Vcaller__Dpi.h"\nint scale(int x) { return svGetScope() ? 10 * next(x) : -1; }\n',
    )
    await using dut = await simulate({ top: 'caller', sources: [rtl, cpp] })
    dut.ports.a_i = 4
    dut.tick()
    expect(dut.ports.y_o).toBe(50)
    // What C++ remembers is in no snapshot.
    expect(dut.snapshot()).toBe(false)
  })

  test('are missed by name where the RTL imports what none of them defines', async () => {
    const rtl = await write('caller.sv', caller)
    await expect(run([rtl])).rejects.toThrow(
      /caller\.sv:2:\d+: the function scale is imported from C, and none of the sources defines it: add the C or C\+\+ file/,
    )
    await expect(run([rtl])).rejects.toBeInstanceOf(ToolError)
    const plain = await write('scale.cpp', 'int scale(int x) { return x; }\n')
    await expect(run([rtl, plain])).rejects.toThrow(/scale\.cpp seems to define it for C\+\+: put extern "C"/)
    const needy = await write('needy.cpp', 'int far(int);\nextern "C" int scale(int x) { return far(x); }\n')
    await expect(run([rtl, needy])).rejects.toThrow(
      /The C and C\+\+ files of caller need .*far.*sources.*ldFlags/,
    )
  })

  test('name the file and line of a mistake in them', async () => {
    const rtl = await write('caller.sv', caller)
    const wrong = await write('scale.cpp', 'extern "C" int scale(int x)\n{ return y; }\n')
    await expect(run([rtl, wrong])).rejects.toThrow(/scale\.cpp:2:10: .*\by\b/)
    const lost = await write('lost.cpp', '#include "nowhere.h"\n')
    await expect(run([rtl, lost])).rejects.toThrow(/lost\.cpp:1:10: .*nowhere\.h/)
  })

  test('are refused where they change while they are compiled', async () => {
    const cpp = await write('scale.cpp', 'extern "C" int scale(int x) { return x; }\n')
    const tools = await findTools(readEnvironment())
    const scratch = await mkdtemp(join(tmpdir(), 'assay-scratch-'))
    const [object] = await readForeign(scratch, tools, { flags: [] }, { top: 'caller', sources: [cpp] })
    await object!.made!.compile(join(scratch, 'scale.o'))
    await writeFile(cpp, 'extern "C" int scale(int x) { return 2 * x; }\n')
    await expect(object!.made!.compile(join(scratch, 'scale.o'))).rejects.toThrow(
      /scale\.cpp, or what it includes, changed while it was compiled/,
    )
    expect(object!.files).toEqual([cpp])
    expect(await readFile(join(scratch, 'Vcaller__Dpi.h'), 'utf8')).toContain('#include "Vmodel__Dpi.h"')
  })

  testWith('iverilog', 'are refused for Icarus', async () => {
    const rtl = await write('caller.sv', caller)
    const cpp = await write('scale.cpp', 'extern "C" int scale(int x) { return x; }\n')
    const refused = /needs DPI, which Icarus does not have: use Verilator for it/
    await expect(run([rtl, cpp], { simulator: 'icarus' })).rejects.toThrow(refused)
    await expect(run([rtl], { simulator: 'icarus' })).rejects.toThrow(refused)
  })
})

test('headers are looked for beside the files, in the folders of includes, and in those of flags', () => {
  const sources = ['rtl/a.sv', 'c/one.c', 'c/two.cpp', 'd/three.cc', 'e/four.o']
  const cFlags = ['-O1', '-I', 'far', '-Inear', '-I']
  expect(listIncludeFolders({ top: 'a', sources, includeDirs: ['inc'], cFlags })).toEqual([
    ...['c', 'd', 'inc', 'far', 'near', ''],
  ])
  expect(listIncludeFolders({ top: 'a', sources: ['rtl/a.sv'] })).toEqual([])
})

test('a rule of make is read with its spaces, dollars and further lines', () => {
  expect(parseRule('a.o: b.cpp with\\ space.h \\\n c$$d.h e\\#f.h\n')).toEqual([
    'b.cpp',
    'with space.h',
    'c$d.h',
    'e#f.h',
  ])
})

test('what a linker says is left as it is where it is not understood', async () => {
  const error = new ToolError('ld failed', { tool: 'ld', output: 'disk full' })
  expect(await explainUndefined(error, new Map(), { top: 'a', sources: [] })).toBe(error)
  const other = new Error('other')
  expect(await explainUndefined(other, new Map(), { top: 'a', sources: [] })).toBe(other)
  const lld = new ToolError('ld failed', { tool: 'ld', output: 'ld.lld: error: undefined symbol: scale\n' })
  const imports = new Map([['scale', 'a.sv:1:2']])
  expect(String(await explainUndefined(lld, imports, { top: 'a', sources: [] }))).toMatch(
    /a\.sv:1:2: the function scale is imported/,
  )
})
