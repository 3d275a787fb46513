/** What Verilator's headers say of a model: whether a snapshot holds all of its state, and whether it runs code that nobody can see. */
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findForeignCode, generateGlue, readModelState } from '../../../src/simulate/build/glue.ts'

async function lay(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-glue-'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return folder
}

const ROOT = 'Vmodel___024root.h'
const PLAIN = '    VL_IN8(clk_i,0,0);\n    VlUnpacked<IData/*31:0*/, 4096> keeper__DOT__mem;\n'

describe('the state of a model', () => {
  test('that is plain memory has no strings', async () => {
    expect(await readModelState(await lay({ [ROOT]: PLAIN, 'Vmodel.h': PLAIN }))).toEqual({ strings: [] })
  })

  test('names the strings of the root class, in their order', async () => {
    const text = `${PLAIN}    std::string keeper__DOT__text;\n    std::string __Vtemp;\n`
    const folder = await lay({
      [ROOT]: text,
      'Vmodel.h': `    const std::string& name() const;\n    std::string* at;\n`,
    })
    expect(await readModelState(folder)).toEqual({ strings: ['keeper__DOT__text', '__Vtemp'] })
  })

  test.each([
    { what: 'a string of another class', name: 'Vmodel_unit.h', text: '    std::string text;\n' },
    { what: 'a list of strings', name: ROOT, text: '    VlUnpacked<std::string, 4> names;\n' },
    { what: 'a string among others', name: ROOT, text: '    std::string a;\n    std::string b, c;\n' },
    ...[
      'VlQueue<CData>',
      'VlAssocArray<int, int>',
      'VlClassRef<Vmodel_c>',
      'VlClass',
      'VlDelayScheduler',
    ].map((type) => ({ what: `a ${type}`, name: ROOT, text: `    ${type} own;\n` })),
    { what: 'a VlTriggerScheduler', name: 'Vmodel_unit.h', text: '    VlTriggerScheduler own;\n' },
    { what: 'a VlForkSync', name: 'Vmodel_unit.h', text: '    VlForkSync own;\n' },
  ])('cannot be kept with $what', async ({ name, text }) => {
    expect(await readModelState(await lay({ [ROOT]: PLAIN, [name]: PLAIN + text }))).toBeNull()
  })

  test('is in the headers of the model alone', async () => {
    const queue = '    VlQueue<CData> own;\n'
    const folder = await lay({ [ROOT]: PLAIN, 'Vmodel.cpp': queue, 'verilated_types.h': queue })
    expect(await readModelState(folder)).toEqual({ strings: [] })
  })
})

describe('code of others', () => {
  const find = async (source: string, dpi?: string) => {
    const folder = await lay({
      'a.sv': 'module a; endmodule\n',
      'b.sv': source,
      ...(dpi === undefined ? {} : { 'Vmodel__Dpi.h': dpi }),
    })
    return findForeignCode(folder, [join(folder, 'a.sv'), join(folder, 'b.sv')])
  }

  test.each([
    'initial $c("printf()");',
    'initial a = $c32 ( "f()" );',
    'assign a = $cpure("f()");',
    '`systemc_header\n#include <x>\n`verilog',
  ])('is found in the sources: %s', async (text) => {
    expect(await find(text)).toBe('$c')
  })

  test('is found where Verilator lists an import, and an export is none', async () => {
    expect(await find('', '    // DPI import at b.sv:1:2\n    extern int f();\n')).toBe('DPI')
    expect(await find('', '    // DPI export at b.sv:1:2\n    extern int f();\n')).toBeNull()
  })

  test.each(['initial $cast(a, b);', 'initial $clog2(4);', 'initial $countones(4);', ''])(
    'is none of %j',
    async (text) => {
      expect(await find(text)).toBeNull()
    },
  )
})

describe('the glue', () => {
  const module = {
    name: 'm',
    ports: [
      { name: 'clk_i', direction: 'input' as const, width: 1, signed: false, elements: null },
      { name: 'in__data', direction: 'input' as const, width: 12, signed: true, elements: 3 },
    ],
    parameters: [],
  }
  /** The places of ports and strings, and the last table. */
  const linesOf = (trace: boolean, state: { strings: string[] } | null, foreign: string | null = null) =>
    generateGlue(module, trace, state, foreign, new Set())
      .split('\n')
      .filter((line) => /^ +(ports|strings)\[|opened|assay_model|list_strings|nullptr|_trace, /.test(line))

  test('names every port with its bits and elements, and every string', () => {
    expect(linesOf(false, { strings: ['a', 'b__DOT__c'] })).toEqual([
      '    ports[0] = {&root->clk_i, 1u, 1u};',
      '    ports[1] = {&root->in___05Fdata, 12u, 3u};',
      'void list_strings(void* model, std::string** strings) {',
      '    strings[0] = &root->a;',
      '    strings[1] = &root->b__DOT__c;',
      'const AssayModel assay_model = {2, create, destroy, eval, assay_step, finish, locate,',
      '    nullptr, nullptr, nullptr, nullptr,',
      '    nullptr, list_strings, 2u};',
    ])
  })

  test('has no snapshot where the state is more, or a waveform is written', () => {
    expect(linesOf(false, null).at(-1)).toBe('    nullptr, nullptr, 0u};')
    expect(linesOf(true, { strings: [] }).slice(-2)).toEqual([
      '    open_trace, dump_trace, close_trace, trace_all,',
      '    nullptr, nullptr, 0u};',
    ])
  })

  test('says that nobody knows what code of others read', () => {
    expect(linesOf(false, { strings: [] }, 'DPI').slice(-4)).toEqual([
      'const char* opened(void*) { return "DPI\\x1f" "0 0 0 0\\x1f" "other\\x1e"; }',
      'const AssayModel assay_model = {2, create, destroy, eval, assay_step, finish, locate,',
      '    nullptr, nullptr, nullptr, nullptr,',
      '    opened, list_strings, 0u};',
    ])
  })
})
