/** Plans as people write them: what they expand to, and by which line a wrong one is refused. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readPlan } from '../../../../src/cli/commands/regress/read-plan.ts'
import { EXAMPLE_PLAN } from '../../../../src/regress/example-plan.ts'
import type { Expansion } from '../../../../src/regress/expand-plan.ts'

/** The smallest PNG. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==',
  'base64',
)
const folder = mkdtempSync(join(tmpdir(), 'assay-plan-'))
for (const name of ['a', 'b', 'b/deep', 'rtl', 'empty', 'a b']) mkdirSync(join(folder, name))
for (const name of [
  'a/1.png',
  'a/2.png',
  'b/1.png',
  'a/notes.txt',
  'own.pt',
  'rtl/rtl.f',
  'pool.config.ts',
  'pool.config.mjs',
  'a b/street 1.png',
  'a b/street_2.png',
])
  writeFileSync(join(folder, name), name.endsWith('.png') ? PICTURE : name.endsWith('.pt') ? 'PK' : '')
for (const name of ['text.png', 'text.pt']) writeFileSync(join(folder, name), 'a text')

let files = 0
async function expand(text: string, ending = 'yaml'): Promise<Expansion> {
  const path = join(folder, `plan${++files}.${ending}`)
  writeFileSync(path, text)
  return readPlan(path)
}
const namesOf = async (text: string): Promise<readonly string[]> =>
  (await expand(text)).plan.entries.map(({ name }) => name)
/** What is said of a plan, from its line on. */
async function refusal(text: string, ending?: string): Promise<string> {
  const error = await expand(text, ending).then(
    () => new Error('nothing is refused'),
    (error: Error) => error,
  )
  return error.message.replace(/^.*?\/plan\d+\.\w+:/, '')
}

const exactly = (text: string): RegExp => new RegExp(`^${text.replaceAll(/[$()*+.?[\]^{|}\\]/g, '\\$&')}$`)

describe('names', () => {
  test('carry model, bits, image, mode and seed, and entries that differ in their seed are one run', async () => {
    const { plan } = await expand('matrix: { image: a/1.png, bits: [8, 4], seeds: [2..3] }')
    expect(plan.entries.map(({ name, run, seed }) => [name, run, seed])).toEqual([
      ['shapes w8a8 1 isolated seed=2', 0, 2],
      ['shapes w8a8 1 isolated seed=3', 0, 3],
      ['shapes w4a4 1 isolated seed=2', 1, 2],
      ['shapes w4a4 1 isolated seed=3', 1, 3],
    ])
    expect(plan.runs.map(({ words, design }) => [words.join(' '), design])).toEqual([
      [`--image ${join(folder, 'a/1.png')} --bits 8 --seeds 2,3`, 0],
      [`--image ${join(folder, 'a/1.png')} --bits 4 --seeds 2,3`, 1],
    ])
    expect(plan.designs).toEqual(['shapes w8a8 isolated', 'shapes w4a4 isolated'])
    expect(plan.entries[1]!.axes).toEqual({
      ...{ model: 'shapes.pt', image: join(folder, 'a/1.png'), bits: 'w8a8', mode: 'isolated', seed: '3' },
    })
    expect(new Set(plan.runs.map(({ id }) => id)).size).toBe(2)
  })

  test('tell files apart by their shortest end, and say whatever else varies', async () => {
    expect(
      await namesOf('matrix: { image: [a/1.png, b/1.png, a/2.png], array: [null, 8x8x2], rtl: rtl }'),
    ).toEqual([
      ...['shapes w8a8 a/1 isolated', 'shapes w8a8 a/1 isolated array=8x8x2'],
      ...['shapes w8a8 b/1 isolated', 'shapes w8a8 b/1 isolated array=8x8x2'],
      ...['shapes w8a8 2 isolated', 'shapes w8a8 2 isolated array=8x8x2'],
    ])
  })

  test('keep what can be read of a file with spaces', async () => {
    expect(await namesOf('matrix: { image: "a b" }')).toEqual([
      ...['shapes w8a8 street_1 isolated', 'shapes w8a8 street_2 isolated'],
    ])
  })

  test('tell two configurations of one stem apart', async () => {
    expect(await namesOf('matrix: { module: [pool.config.ts, pool.config.mjs] }')).toEqual([
      ...['shapes w8a8 000000 module=pool.config.ts', 'shapes w8a8 000000 module=pool.config.mjs'],
    ])
  })

  test('of a model of your own, of mixed bits, and of a switch', async () => {
    expect(
      await namesOf(
        'options: { weight-bits: 4 }\nmatrix: { setup: [{ model: own.pt, calibration: a }, { waveform: false }] }',
      ),
    ).toEqual(['own w4a8 a isolated calibration=a', 'shapes w4a8 000000 isolated waveform=false'])
  })
})

describe('layers', () => {
  test('are those of the checkpoint, and one that cannot be read is for its runs to name', async () => {
    expect(
      await namesOf('matrix: { layers: ["model.0..model.9", q_NMS] }').catch(({ message }) => message),
    ).toMatch(/no layer q_NMS/)
    expect(await namesOf('matrix: { layers: ["model.0..model.9", model.22] }')).toHaveLength(2)
    expect(
      await namesOf('options: { model: own.pt, calibration: a }\nmatrix: { layers: model.99 }'),
    ).toHaveLength(1)
  })
})

describe('values', () => {
  test('a folder and a pattern stand for the pictures that they hold', async () => {
    for (const image of ['a', '"a/*.png"', '"a/?.png"', '[a/1.png, a/2.png]'])
      expect(await namesOf(`matrix: { image: ${image} }`)).toEqual([
        'shapes w8a8 1 isolated',
        'shapes w8a8 2 isolated',
      ])
  })

  test('null stands for none', async () => {
    const { plan } = await expand('matrix: { seeds: [null, 4], array: [null, 8x8x2] }')
    expect(plan.entries.map(({ seed, axes }) => [axes.array, seed])).toEqual([
      ...[
        [undefined, null],
        [undefined, 4],
      ],
      ...[
        ['8x8x2', null],
        ['8x8x2', 4],
      ],
    ])
    expect(plan.runs.map(({ words }) => words.join(' '))).toEqual([
      ...['', '--seeds 4', '--array 8x8x2', '--array 8x8x2 --seeds 4'],
    ])
  })

  test('further entries have lists of their own, and override what all have', async () => {
    expect(
      await namesOf(
        'options: { bits: 8 }\nmatrix: { image: a/1.png }\ninclude: [{ image: b, bits: [5, 6] }, { mode: chained }]',
      ),
    ).toEqual([
      ...['shapes w8a8 a/1 isolated', 'shapes w5a5 b/1 isolated', 'shapes w6a6 b/1 isolated'],
      'shapes w8a8 000000 chained',
    ])
  })

  test('entries are left out by all of their values, and single seeds of them', async () => {
    expect(
      await namesOf(
        'matrix: { image: a, bits: [8, 4], seeds: 1..3 }\nexclude: [{ image: a/1.png, bits: 4 }, { bits: 8, seeds: 2..3 }]',
      ),
    ).toEqual([
      ...['shapes w8a8 1 isolated seed=1', 'shapes w8a8 2 isolated seed=1'],
      ...['shapes w4a4 2 isolated seed=1', 'shapes w4a4 2 isolated seed=2', 'shapes w4a4 2 isolated seed=3'],
    ])
  })

  test('limits of time, and a name', async () => {
    const { plan } = await expand('name: night\nlimits: { run: 90s, total: 1h30m }\nmatrix: { bits: 8 }')
    expect([plan.name, plan.limits]).toEqual(['night', { runSeconds: 90, totalSeconds: 5400 }])
    expect((await expand('matrix: { bits: 8 }')).plan).toMatchObject({
      ...{ name: `plan${files}`, limits: { runSeconds: null, totalSeconds: null } },
    })
  })

  test('a module exports the same by default', async () => {
    const { plan } = await expand('export default { matrix: { bits: [8, 6].map((n) => n - 1) } }', 'ts')
    expect(plan.entries.map(({ name }) => name)).toEqual([
      'shapes w7a7 000000 isolated',
      'shapes w5a5 000000 isolated',
    ])
  })
})

describe('what a kind of run does not honour', () => {
  test('falls away, points that then coincide are one, and that is said', async () => {
    const { plan, remarks } = await expand('matrix: { mode: [isolated, chained], seeds: 1..3 }')
    expect(plan.entries.map(({ name }) => name)).toEqual([
      ...[1, 2, 3].map((seed) => `shapes w8a8 000000 isolated seed=${seed}`),
      'shapes w8a8 000000 chained',
    ])
    expect(remarks).toEqual(['seeds: not honoured by a chained run (--mode chained): left out of 1 entry.'])
  })

  test('an array, of a module of your own', async () => {
    const { plan, remarks } = await expand(
      'options: { pictures: false }\nmatrix: { array: [8x8x2, 16x16x4], module: [null, pool.config.ts] }',
    )
    expect(plan.entries.map(({ name }) => name)).toEqual([
      'shapes w8a8 000000 isolated array=8x8x2',
      'shapes w8a8 000000 module=pool',
      'shapes w8a8 000000 isolated array=16x16x4',
    ])
    expect(remarks).toEqual([
      'array: not honoured by a run of your own module (--module): left out of 2 entries.',
      '4 entries are 3, because those that then coincide are one.',
    ])
  })

  test('of modules, each by its folder or its file', async () => {
    for (const name of ['conv', 'old/conv']) mkdirSync(join(folder, name), { recursive: true })
    for (const name of ['conv/assay.config.ts', 'old/conv/assay.config.ts', 'conv/wide.config.mjs'])
      writeFileSync(join(folder, name), '')
    expect(
      await namesOf(
        'options: { pictures: false }\nmatrix: { module: [conv/assay.config.ts, old/conv/assay.config.ts, conv/wide.config.mjs] }',
      ),
    ).toEqual([
      expect.stringMatching(/^shapes w8a8 000000 module=(?!old).*\/conv$/),
      'shapes w8a8 000000 module=old/conv',
      'shapes w8a8 000000 module=wide',
    ])
    expect(
      await namesOf('options: { module: conv/assay.config.ts, pictures: false }\nmatrix: { bits: 8 }'),
    ).toEqual(['shapes w8a8 000000 module=conv'])
  })

  test('is refused where it is written out, or where no entry honours it', async () => {
    expect(await refusal('matrix: { bits: 8 }\ninclude:\n  - mode: chained\n    seeds: 1')).toBe(
      '4: seeds: not honoured by a chained run (--mode chained). Leave it out.',
    )
    expect(await refusal('matrix:\n  mode: chained\n  layers: model.0')).toBe(
      '3: layers: not honoured by a chained run (--mode chained), which every entry is that has it. Leave it out.',
    )
  })
})

test.each([
  ['unknown', 'matrix:\n  imge: a', '2: imge: there is no option imge. Did you mean image?'],
  ['a setting of the plan', 'matrx:\n  bits: 8', /^1: there is no setting matrx\. .*Did you mean matrix\?/],
  [
    'of the night',
    'matrix:\n  jobs: 2',
    '2: jobs: a night sets jobs itself. Give it to assay regress: --jobs.',
  ],
  ['hidden', 'matrix:\n  plan-identity: x', /^2: plan-identity: there is no option/],
  ['out of range', 'matrix:\n  bits: [8,\n    99]', /^3: bits: expected 4 to 8, or 16 .*, got 99$/],
  [
    'no word of it',
    'matrix:\n  mode: chaned',
    /^2: mode: expected one of isolated, chained, got "chaned"\. Did you mean chained\?$/,
  ],
  ['not fitting', 'options:\n  table-bits: 4\nmatrix: { bits: 8 }', '2: table-bits: expected 8 to 12, got 4'],
  [
    'a missing picture',
    'matrix:\n  image:\n    - a/1.png\n    - a/3.png',
    /^4: image: .*a\/3\.png: no such file/,
  ],
  ['a folder without pictures', 'matrix:\n  image: empty', /^2: image: .*no picture is in this folder/],
  ['a pattern without pictures', 'matrix:\n  image: "a/*.bmp"', /^2: image: .*no picture has such a name/],
  [
    'a missing folder',
    'matrix:\n  rtl: rlt',
    /^2: rtl: .*rlt: no such folder\. Paths are relative to the plan/,
  ],
  ['a folder without RTL', 'matrix:\n  rtl: [rtl,\n    empty]', /^3: rtl: .*empty holds no rtl\.f/],
  [
    'an unknown layer',
    'matrix:\n  bits: 8\n  layers:\n    - model.0\n    - model.99',
    /^5: layers: no layer model\.99 to simulate/,
  ],
  [
    'an array that no RTL has',
    'matrix:\n  array:\n    - 8x8x2\n    - 7x7x7',
    '4: array: PX must be 1, 2, 4, 8 or 16, got 7',
  ],
  ['an array of nothing', 'matrix:\n  array: [0x0x0]', '2: array: PI must be 1 to 32, got 0'],
  [
    'bits of the reference',
    'matrix:\n  bits: [8,\n    16]',
    /^3: bits: the RTL takes weights of 2 to 8 bits, got 16/,
  ],
  [
    'activations of the reference',
    'options:\n  activation-bits: 16',
    /^2: activation-bits: the RTL takes activations of 4 to 8 bits, got 16/,
  ],
  [
    'wide overrides',
    'options:\n  overrides: { model.0: { weightBits: 16 } }',
    /^2: overrides: the RTL takes weights of 2 to 8 bits, got 16/,
  ],
  [
    'a text as picture',
    'matrix:\n  image:\n    - a/1.png\n    - text.png',
    /^4: image: .*text\.png: is not a picture\. Check that it is a whole/,
  ],
  [
    'a text as model',
    'options: { calibration: a }\nmatrix:\n  model:\n    - own.pt\n    - text.pt',
    /^5: model: .*text\.pt: expected a checkpoint .*begins with 61 20 74 65/,
  ],
  ['a model without calibration', 'matrix:\n  model: own.pt', /^2: calibration: your own model needs images/],
  ['given twice', 'matrix:\n  bits: 8\n  bits: 4', /^3: this name is given twice in one place/],
  ['a value twice', 'matrix:\n  bits:\n    - 8\n    - 8', '4: bits 8 stands here twice'],
  ['a seed twice', 'matrix:\n  seeds:\n    - 1..3\n    - 2', '4: seeds: 2 stands here twice'],
  [
    'an entry twice',
    'matrix: { bits: 8 }\ninclude:\n  - bits: 8',
    /^3: the entry bits 8 stands twice\. It is also at .*:1\.$/,
  ],
  [
    'two names that come to the same',
    'matrix:\n  bits:\n    - 8\n    - null',
    /^4: two entries are both called shapes w8a8 000000 isolated\. The other is at .*:3: these options come to the same/,
  ],
  [
    'an option of two axes',
    'matrix:\n  bits: 8\n  setup:\n    - bits: 4',
    /^3: bits is given here and at .*:2\. Put options/,
  ],
  ['seeds in a group', 'matrix:\n  setup:\n    - seeds: 4', /^3: seeds belong to no other option/],
  [
    'a list for all',
    'options:\n  bits: [8, 4]',
    '2: bits: expected one value, got a list. A list stands in the matrix.',
  ],
  ['an empty list', 'matrix:\n  bits: []', '2: bits: expected at least one value, got none. Leave it out.'],
  ['nothing', '', /^1: the plan is empty, so it expands to nothing/],
  ['an empty matrix', 'name: x\nmatrix: {}', /^2: the matrix is empty, so the plan expands to nothing/],
  [
    'all left out',
    'matrix: { bits: 8 }\nexclude: [{ bits: 8 }]',
    /^2: everything is excluded, so the plan expands to nothing/,
  ],
  ['leaving nothing out', 'matrix: { bits: 8 }\nexclude:\n  - bits: 7', /^3: leaves nothing out/],
  ['leaving everything out', 'matrix: { bits: 8 }\nexclude:\n  - {}', /^3: names no value/],
  ['many seeds', 'matrix:\n  seeds: 1..1000000', /^2: seeds: expected seeds such as/],
  [
    'a time',
    'limits:\n  total: 999999h\nmatrix: { bits: 8 }',
    /^2: expected a time from 1s to 504h, got 999999h$/,
  ],
  ['no time', 'limits:\n  run: 0s\nmatrix: { bits: 8 }', /^2: expected a time from 1s to 504h, got 0s$/],
  [
    'a number as a time',
    'limits:\n  run: 10\nmatrix: { bits: 8 }',
    /^2: limits\.run: expected a time such as 90s, 10m or 1h30m, got 10$/,
  ],
  ['no YAML', 'matrix:\n\tbits: 8', /^2: is not YAML: Tabs are not allowed/],
  ['a list', '- 1', /^1: expected an object, got a list of 1/],
  ['no alias', 'x: &a 1\nmatrix:\n  bits: *a\n  b: *x\n  c: *a', /^4: this alias \(\*\) names no anchor/],
  ['two documents', 'matrix: { bits: 8 }\n---\nmatrix: { bits: 4 }', /^2: a second document begins here/],
])('refused by its line: %s', async (_, text, says) => {
  expect(await refusal(text)).toMatch(typeof says === 'string' ? exactly(says) : says)
})

test('a million entries are refused before they are made', async () => {
  const ten = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((n) => n / 10)
  const [a, b] = [JSON.stringify(ten), JSON.stringify(ten.map((n) => n * 10))]
  const text = `matrix:\n  seeds: 1..1000\n  confidence: ${a}\n  iou: ${a}\n  calibration-images: ${b}`
  const before = process.memoryUsage().heapUsed
  expect(await refusal(text)).toMatch(/^1: has 1000000 entries, more than the 100000 that a plan may have/)
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(100e6)
})

test('an alias that stands for a million values is refused', async () => {
  const bombs = Array.from({ length: 9 }, (_, at) => `  - &a${at + 1} [${`*a${at}, `.repeat(9)}*a${at}]`)
  expect(await refusal(`x: &a0 [1, 1]\nmatrix:\n  bits:\n${bombs.join('\n')}`)).toMatch(
    /^12: aliases stand for too much: at most 100 values/,
  )
})

test('a file larger than a plan can be is refused unread', async () => {
  expect(await refusal('#'.repeat(16_000_001))).toMatch(/has 16000001 bytes, more than the 16000000/)
})

test.each([
  [
    'ts',
    'const a = 1\n\nfunction f(): number {\n  throw new Error("oh no")\n}\nexport default f()',
    4,
    'oh no',
  ],
  ['ts', 'const a = 1\nexport default { matrix: \n\n ( }', 4, 'ParseError'],
  ['mjs', '\n\nthrow new Error("no")', 3, 'no'],
])('a module of .%s that does not load is refused by its line', async (ending, text, line, says) => {
  expect(await refusal(text, ending)).toMatch(new RegExp(`^${line}: does not load: ${says}`))
})

test('seeds of several ranges', async () => {
  const { plan } = await expand('matrix: { bits: 8, seeds: "1..3,5" }')
  expect(plan.entries.map(({ seed }) => seed)).toEqual([1, 2, 3, 5])
})

test('a module that exports nothing, or a wrong option, is refused by its place', async () => {
  expect(await refusal('export const x = 1', 'ts')).toMatch(/there is no setting x/)
  expect(await refusal('export const x = 1', 'mjs')).toMatch(/exports nothing by default/)
  expect(await refusal('export default { matrix: { setup: [{ bitz: 3 }] } }', 'ts')).toMatch(
    / matrix\.setup\[0\]\.bitz: bitz: there is no option bitz\. Did you mean bits\?/,
  )
})

test('the example is a plan as it is, and so is what it has as comments', async () => {
  const { plan } = await expand(EXAMPLE_PLAN)
  expect(plan.entries).toHaveLength(8)
  const more = EXAMPLE_PLAN.replace('# image: images/*.jpg ', 'image: a/*.png')
    .replace(/^# exclude:$/m, 'exclude:')
    .replace(/^# ( {2}- \{ bits.*)$/m, '$1')
  expect((await expand(more)).plan.entries).toHaveLength(14)
})

test('9,000 entries are expanded in a second', async () => {
  const begin = performance.now()
  const { plan } = await expand(
    'matrix: { image: [a/1.png, a/2.png, b/1.png], bits: [8, 7, 6], array: [8x8x2, 16x16x4], seeds: 1..500 }',
  )
  expect(plan.entries).toHaveLength(9000)
  expect(performance.now() - begin).toBeLessThan(1000)
})

test.each([
  [
    'a property that throws',
    '{ get matrix() { throw new Error("not yet") } }',
    /mjs:1: does not load: not yet/,
  ],
  ['a bigint', '{ matrix: { bits: [8n] } }', /mjs: matrix\.bits\[0\]: expected text, .*, got a bigint$/],
  ['a function', '{ matrix: { bits: () => 8 } }', /got a function$/],
  ['a value in itself', '(() => { const a = {}; a.a = a; return a })()', /of endless depth$/],
  ['a map', '{ matrix: new Map() }', /got a Map$/],
])('a module is read once: %s', async (_, text, says) => {
  const path = join(folder, `plan${++files}.mjs`)
  writeFileSync(path, `export default ${text}`)
  await expect(readPlan(path)).rejects.toSatisfy((error: Error) => error.name === 'InputError')
  await expect(readPlan(path)).rejects.toThrow(says)
})

test.each(['toString', '__proto__', 'constructor', 'prototype', 'valueOf'])(
  'a name that objects have of themselves is no option: %s',
  async (name) => {
    for (const text of [`options:\n  ${name}: 8`, `matrix:\n  ${name}: 8`, `include:\n  - ${name}: 8`])
      expect(await refusal(text)).toMatch(
        new RegExp(`^2: ${name}: .*no option ${name}|^2: there is no option ${name}`),
      )
  },
)

test('the same layers in another order are the same, and keep their names', async () => {
  expect(await refusal('matrix:\n  layers:\n    - model.1,model.0\n    - "model.0, model.1"')).toBe(
    '4: layers model.0,model.1 stands here twice',
  )
  const long = 'model.0,model.1,model.3,model.5,model.7,model.9.cv1'
  expect(await namesOf(`matrix: { layers: [model.0, model.1, "${long}"] }`)).toEqual([
    'shapes w8a8 000000 isolated layers=model.0',
    'shapes w8a8 000000 isolated layers=model.1',
    expect.stringMatching(/layers=\S*model\.9\.cv1-[0-9a-f]{8}$/),
  ])
})
