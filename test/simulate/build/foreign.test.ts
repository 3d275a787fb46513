/** C and C++ among the sources: compiled, linked, part of the key; and what is said where something is missing. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { readEnvironment } from '../../../src/process/environment.ts'
import { runTool } from '../../../src/process/run-tool.ts'
import { leadsFurther, listLinkFiles } from '../../../src/simulate/build/flag-files.ts'
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

  test('are built again when a library that flags of the linker name is another', async () => {
    const rtl = await write('caller.sv', caller)
    const [command, ...words] = (await findTools(readEnvironment())).compiler.words
    const make = async (name: string, factor: number, thin = ''): Promise<string> => {
      const source = await write('lib.cc', `extern "C" int scale(int x) { return ${factor} * x; }\n`)
      const object = await write(`${name}.o`, '')
      await runTool(command!, [...words, source, '-fPIC', '-c', '-o', object])
      await rm(join(folder, name), { force: true })
      await runTool('ar', [`rc${thin}`, join(folder, name), object])
      return join(folder, name)
    }
    await make('libscale.a', 2)
    const both = { ldFlags: [`-L${join(folder, 'first')}`, `-L${folder}`, '-lscale'] }
    expect(await run([rtl], both)).toBe(8)
    await make('libscale.a', 3)
    expect(await run([rtl], both)).toBe(12)
    // One that comes before it.
    await mkdir(join(folder, 'first'))
    await make('first/libscale.a', 5)
    expect(await run([rtl], both)).toBe(20)
    // Its members are elsewhere.
    expect(await leadsFurther(await make('libthin.a', 6, 'T'))).toBe(true)
    expect(await leadsFurther(join(folder, 'libscale.a'))).toBe(false)
    expect(await leadsFurther(await write('libscript.so', 'INPUT(other.a)\n'))).toBe(true)
    expect(await leadsFurther(await write('version.map', '{ global: scale; };\n'))).toBe(false)
  })

  test('are built again when a header appears that they ask for, or one of a folder of the system', async () => {
    const rtl = await write('caller.sv', caller)
    const c = await write(
      'scale.c',
      '#if __has_include("opt.h")\n#include "opt.h"\n#else\n#define F 2\n#endif\n#ifdef S\n#include <s.h>\n#endif\nint scale(int x) { return F * x; }\n',
    )
    expect(await run([rtl, c])).toBe(8)
    await write('opt.h', '#define F 3\n')
    expect(await run([rtl, c])).toBe(12)
    const tools = await findTools(readEnvironment())
    const read = async (path: string, ...cFlags: readonly string[]) => {
      const options = { top: 'caller', sources: [path], cFlags }
      return (
        await readForeign(await mkdtemp(join(tmpdir(), 'assay-scratch-')), tools, { flags: [] }, options)
      )[0]!
    }
    const plain = await write('plain.c', 'int scale(int x) { return x; }\n')
    const system = await write('system/s.h', '#define S 4\n')
    const spec = await write('own.specs', '')
    const flags = [`-include${system}`, `-specs=${spec}`]
    expect(await read(plain, ...flags)).toMatchObject({ files: [plain, system, spec], besides: '' })
    const includes = await write('includes.c', '#include <s.h>\nint scale(int x) { return S * x; }\n')
    expect((await read(includes, '-isystem', join(folder, 'system'))).files).toContain(system)
    // Only the assembler reads it: each time is another.
    const asm = await write('asm.c', '__asm__(".incbin \\"word.bin\\"");\n')
    expect((await read(asm)).besides).not.toBe((await read(asm)).besides)
    expect((await read(c)).besides).toBe((await read(c)).besides)
  })

  test('files that flags of Verilator name are part of the key', async () => {
    const rtl = await write(
      'top.sv',
      'module top(output logic [31:0] y_o); `ifndef X\n`define X 1\n`endif\n leaf u(.y_o(y_o)); endmodule\n',
    )
    const leaf = (value: string) => `module leaf(output [31:0] y_o); assign y_o = ${value}; endmodule\n`
    const read = async (...verilatorFlags: readonly string[]): Promise<number> => {
      await using dut = await simulate({ top: 'top', sources: [rtl], verilatorFlags })
      return dut.ports.y_o!
    }
    const library = await write('all.v', leaf('2'))
    expect(await read('-v', library)).toBe(2)
    await write('all.v', leaf('3'))
    expect(await read('-v', library)).toBe(3)
    await write('y2/leaf.v', leaf('4'))
    const folders = ['-y', join(folder, 'y1'), '-y', join(folder, 'y2')]
    expect(await read(...folders)).toBe(4)
    await write('y1/leaf.v', leaf('5'))
    expect(await read(...folders)).toBe(5)
    await write('y1/leaf.v', leaf('`X'))
    const list = await write('flags.f', '+define+X=6\n')
    expect(await read('-f', list, ...folders)).toBe(6)
    await write('flags.f', '+define+X=7\n')
    expect(await read('-f', list, ...folders)).toBe(7)
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

test('flags of the linker name files and libraries in many ways', async () => {
  const near = await write('near/libscale.a', '')
  const map = await write('scale.map', '')
  const nearFolder = join(folder, 'near')
  const far = join(folder, 'far')
  const absent = (name: string) => [join(far, name), join(nearFolder, name)]
  const [so, a, dylib, tbd] = ['so', 'a', 'dylib', 'tbd'].map((ending) => absent(`libscale.${ending}`))
  const missing = [so![0], a![0], dylib![0], tbd![0], so![1], dylib![1], tbd![1]]
  for (const words of [
    ['-L', far, `-L${nearFolder}`, '-lscale'],
    [`-Wl,-L${far},-L,${nearFolder}`, '-Xlinker', '-lscale'],
    [`-Wl,--library-path=${far}`, `-L${nearFolder}`, '-l', 'scale'],
  ]) {
    const found = listLinkFiles(words)
    expect(found.files).toEqual([near])
    expect(found.absent).toEqual(missing)
  }
  expect(listLinkFiles(['-L', far, `-L${nearFolder}`, '-l:libscale.a'])).toEqual({
    files: [near],
    absent: [join(far, 'libscale.a')],
  })
  const words = [near, `-Wl,--version-script=${map}`, `-T${near}`]
  expect(listLinkFiles(words)).toEqual({ files: [near, map], absent: [] })
  expect(listLinkFiles(['-lm', '-pthread', '-Wl,-z,defs', nearFolder])).toEqual({ files: [], absent: [] })
  expect(() => listLinkFiles(['-Wl,@list'])).toThrow(/ldFlags: @list holds flags that Assay does not read/)
})

test('headers are looked for beside the files, in the folders of includes, and in those of flags', () => {
  const sources = ['rtl/a.sv', 'c/one.c', 'c/two.cpp', 'd/three.cc', 'e/four.o']
  const cFlags = ['-O1', '-isystem', 'last', '-I', 'far', '-Inear', '-I']
  expect(listIncludeFolders({ top: 'a', sources, includeDirs: ['inc'], cFlags })).toEqual([
    ...['c', 'd', 'inc', 'far', 'near', '', 'last'],
  ])
  expect(listIncludeFolders({ top: 'a', sources: ['c/a.c'], cFlags: ['-include', 'a.h'] })).toEqual([
    ...['.', 'c'],
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
