/** In which pieces a model is compiled, and which of them a change touches. */
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { generateEvaluation } from '../../../src/simulate/build/evaluation.ts'
import { generateGlue } from '../../../src/simulate/build/glue.ts'
import { planUnits, type Unit } from '../../../src/simulate/build/units.ts'

let folder = ''
let bridge = ''
let include = ''
const write = (name: string, text: string) => writeFile(join(folder, name), text)
const plan = (): Promise<readonly Unit[]> => planUnits(folder, bridge, ['/nowhere', include])
const large = (text: string): string => `#include "Vmodel.h"\n// ${text}\n${'\n'.repeat(50_000)}`

/** Indices of the units that are not as they were. */
const changed = (before: readonly Unit[], after: readonly Unit[]): readonly number[] =>
  after.flatMap(({ content }, index) => (content === before[index]?.content ? [] : [index]))

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-units-'))
  bridge = await mkdtemp(join(tmpdir(), 'assay-units-bridge-'))
  include = await mkdtemp(join(tmpdir(), 'assay-units-include-'))
  await writeFile(join(bridge, 'bridge.h'), '#include <vector>\n')
  await writeFile(join(include, 'verilated.h'), '#include <map>\n')
  await write('Vmodel.h', '#include "verilated.h"\n')
  await write('Vmodel__0.cpp', large('mac'))
  await write('Vmodel__1.cpp', large('requantise'))
  await write('Vmodel__2.cpp', '#include "Vmodel.h"\n')
  await write('Vmodel.cpp', '#include "Vmodel.h"\n')
  await write('Vmodel__Syms.cpp', '#include "Vmodel.h"\n')
  await write('Vmodel__0__Slow.cpp', `#include "Vmodel.h"\n${'\n'.repeat(100_000)}`)
  await write('glue.cpp', '#include "bridge.h"\n#include "Vmodel.h"\n')
})

test('each large file is one, the small ones are one, and what runs once is one that is not optimised', async () => {
  expect((await plan()).map(({ text }) => text)).toEqual([
    '#include "Vmodel__0.cpp"\n',
    '#include "Vmodel__1.cpp"\n',
    '#include "Vmodel.cpp"\n#include "Vmodel__2.cpp"\n',
    `#pragma GCC push_options
#pragma GCC optimize ("O0")
#include "Vmodel__0__Slow.cpp"
#include "Vmodel__Syms.cpp"
#include "glue.cpp"
#pragma GCC pop_options
`,
  ])
})

test('a small model is one', async () => {
  for (const name of ['Vmodel__0.cpp', 'Vmodel__1.cpp', 'Vmodel__0__Slow.cpp'])
    await write(name, '#include "Vmodel.h"\n')
  const [unit, ...others] = await plan()
  expect(others).toEqual([])
  expect(unit!.text.match(/pragma .*|\w+\.cpp/g)).toEqual([
    ...['Vmodel.cpp', 'Vmodel__0.cpp', 'Vmodel__1.cpp', 'Vmodel__2.cpp'],
    ...['pragma GCC push_options', 'pragma GCC optimize ("O1")'],
    ...['Vmodel__0__Slow.cpp', 'Vmodel__Syms.cpp', 'glue.cpp', 'pragma GCC pop_options'],
  ])
})

test('a change in a file is a change of its unit alone', async () => {
  const before = await plan()
  expect(changed(before, await plan())).toEqual([])
  await write('Vmodel__1.cpp', large('requantise and round'))
  expect(changed(before, await plan())).toEqual([1])
  await write('glue.cpp', '#include "bridge.h"\n')
  expect(changed(before, await plan())).toEqual([1, 3])
})

test('a change in a header, of the model or of the bridge, is a change of every unit', async () => {
  const before = await plan()
  await write('Vmodel.h', '#include "verilated.h"\nint one_more;\n')
  const after = await plan()
  expect(changed(before, after)).toEqual([0, 1, 2, 3])
  await writeFile(join(bridge, 'bridge.h'), '#include <string>\n')
  expect(changed(after, await plan())).toEqual([0, 1, 2, 3])
})

test("headers of the C++ library are the compiler's: units that include them are kept", async () => {
  await write('Vmodel__2.cpp', '#include <verilated.h>\n#include <cstring> // memcpy\n')
  expect((await plan()).map(({ content }) => content)).not.toContain(null)
})

test('what Assay writes beside a model lets its units be kept', async () => {
  bridge = 'sim'
  for (const name of ['verilated.h', 'verilated_fst_c.h', 'Vmodel___024root.h'])
    await writeFile(join(include, name), '#include <map>\n')
  await write(
    'glue.cpp',
    generateGlue({ name: 'model', ports: [], parameters: [] }, true, null, null, new Set()),
  )
  const steps = { kind: 'steps', triggers: [], signals: [], hasInputs: false, fatal: '', limit: '' } as const
  await write('evaluation.cpp', generateEvaluation(steps))
  expect((await plan()).map(({ content }) => content)).not.toContain(null)
})

test.each([
  '#include "of_somebody.h"',
  '#include "somebody"',
  '#include <of_somebody.h>',
  '  #  include OF_SOMEBODY',
])('where %s brings in what nobody has hashed, no unit is kept', async (line) => {
  await write('Vmodel__2.cpp', `#include <verilated.h>\n${line}\n`)
  expect((await plan()).map(({ content }) => content)).toEqual([null, null, null, null])
})
