/** A frozen set that was damaged, cut or made to mislead is refused with its file and field, never half believed. */
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { PROFILES } from '../../../src/arithmetic/built-in.ts'
import type { SimArguments } from '../../../src/cli/commands/sim/options.ts'
import { frozenFolder } from '../../../src/cli/commands/sim/target.ts'
import type { Codes, IntegerGraph } from '../../../src/golden/types.ts'
import { InputError } from '../../../src/input/input-error.ts'
import { compareFrozen, readFrozen, writeFrozen } from '../../../src/pipeline/golden/frozen-set.ts'
import { writeIntegerGraph } from '../../../src/quantise/integer-file.ts'
import { sha256 } from '../../../src/store/hash.ts'
import { makeFolder } from '../prepared.ts'

const quant = { scale: 1 / 255, zeroPoint: 3, bits: 8 }
const graph: IntegerGraph = {
  nodes: [
    { op: 'input', name: 'images', shape: [3, 4, 4], quant },
    { op: 'max-pool', name: 'model.0', inputs: ['images'], shape: [3, 4, 4], kernel: 5, quant },
    { op: 'slice', name: 'model.1', inputs: ['model.0'], shape: [1, 4, 4], begin: 1, quant },
  ],
  detect: { name: 'model.22', levels: [{ stride: 8, box: 'b', cls: 'c' }], regMax: 1, classes: ['a'] },
  head: null,
  aliases: new Map(),
  weightBits: 8,
  activationBits: 8,
}
const about = {
  model: 'best (1).pt',
  tableBits: 8,
  nms: { confidence: 0.25, iou: 0.7, maxDetections: 300, multiLabel: false },
  image: { file: 'x.png', sha256: sha256('x') },
  boxes: null,
}
const tensors = new Map<string, Codes>(
  graph.nodes.map(({ name, shape: [c, h, w] }) => [
    name,
    Uint8Array.from({ length: c * h * w }, (_, i) => i),
  ]),
)

const whole = join(makeFolder(), 'set')
beforeAll(() => writeFrozen(whole, graph, tensors, about, new Set(['model.0'])))

interface Loose {
  [key: string]: unknown
  layers: { [key: string]: unknown }[]
}

async function damage(change: (index: Loose) => unknown): Promise<string> {
  const set = join(makeFolder(), 'set')
  await cp(whole, set, { recursive: true })
  const path = join(set, 'frozen.json')
  const index = JSON.parse(await readFile(path, 'utf8')) as Loose
  const changed = change(index)
  await writeFile(path, typeof changed === 'string' ? changed : JSON.stringify(index))
  return set
}

async function refusal(set: string): Promise<string> {
  const error: unknown = await readFrozen(set).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(InputError)
  return (error as InputError).message
}

describe('a frozen set', () => {
  test('that is whole is read', async () => {
    const { index, image, full } = await readFrozen(whole)
    expect(index.model).toBe('best (1).pt')
    expect(image).toEqual(tensors.get('images'))
    expect([...full.keys()]).toEqual(['images', 'model.0'])
    expect((await compareFrozen(whole, whole)).layers).toEqual([])
  })

  test('of a profile names it, in its index and in the folder of a run', async () => {
    const profile = PROFILES.find(({ name }) => name === 'tflite')!
    const set = join(makeFolder(), 'set')
    const index = await writeFrozen(set, { ...graph, profile }, tensors, about, new Set(['model.0']))
    expect(index.profile).toBe('tflite')
    const read = await readFrozen(set)
    expect(read.index.profile).toBe('tflite')
    expect(read.full).toEqual(new Map([...tensors].slice(0, 2)))
    // The code 0 as it is carried is -128 of the hardware.
    expect([...(await readFile(join(set, 'layers', 'model.0.npy'))).subarray(-48).subarray(0, 3)]).toEqual([
      0x80, 0x81, 0x82,
    ])
    const folderOf = (own: string) => frozenFolder({ out: 'build' } as SimArguments, own)
    expect(await folderOf(set)).toBe(join('build', 'best (1)-w8a8-tflite-frozen'))
    expect(await folderOf(whole)).toBe(join('build', 'best (1)-w8a8-frozen'))
    expect((await compareFrozen(whole, set)).about).toContain('profile of arithmetic assay -> tflite')
    expect((await compareFrozen(set, set)).about).toEqual([])
    const path = join(set, 'frozen.json')
    await writeFile(path, (await readFile(path, 'utf8')).replace('"profile": "tflite"', '"profile": "nvdla"'))
    expect(await refusal(set)).toMatch(
      /frozen\.json: profile: expected tflite, as its graph has, got "nvdla"/,
    )
  })

  test.each([
    {
      what: 'a profile that its graph does not have',
      change: (i: Loose) => Object.assign(i, { profile: 'tflite' }),
      says: /frozen\.json: profile: expected none, as its graph has, got "tflite"/,
    },
    { what: 'null', change: () => 'null', says: /frozen\.json: expected an object, got null/ },
    { what: 'a list', change: () => '[]', says: /expected an object, got a list of 0/ },
    { what: 'text cut short', change: () => '{"format": "assay', says: /is not JSON/ },
    { what: 'a key twice', change: () => '{"format": 1, "format": 2}', says: /given twice/ },
    {
      what: 'another format',
      change: (i: Loose) => delete i.format,
      says: /frozen\.json: format is missing/,
    },
    {
      what: 'another version',
      change: (i: Loose) => Object.assign(i, { version: 2 }),
      says: /version: expected 1, got 2/,
    },
    {
      what: 'a stimulus that there is not',
      change: (i: Loose) => {
        i.stimulus = 'corner'
      },
      says: /stimulus: expected image or corners or random or all, got "corner"/,
    },
    {
      what: 'no layers',
      change: (i: Loose) => i.layers.splice(0),
      says: /layers: expected a list of 1 or more/,
    },
    {
      what: 'a layer that is null',
      change: (i: Loose) => i.layers.splice(0, 1, null as never),
      says: /layers\[0\]: expected an object, got null/,
    },
    {
      what: 'a line deleted',
      change: (i: Loose) => i.layers.splice(1, 1),
      says: /layers: expected the 3 tensors of its graph, got a list of 2/,
    },
    {
      what: 'all lines but one deleted',
      change: (i: Loose) => i.layers.splice(1),
      says: /expected the 3 tensors/,
    },
    {
      what: 'two lines changed about',
      change: (i: Loose) => i.layers.push(i.layers.splice(1, 1)[0]!),
      says: /layers\[1\]\.name: expected model\.0, as its graph has, got "model\.1"/,
    },
    {
      what: 'a layer twice',
      change: (i: Loose) => i.layers.push(i.layers[2]!),
      says: /layers\[3\]\.name: expected a name of its own/,
    },
    {
      what: 'another operation',
      change: (i: Loose) => set(i, 1, 'op', 'upsample'),
      says: /layers\[1\]\.op: expected max-pool/,
    },
    {
      what: 'another shape',
      change: (i: Loose) => set(i, 2, 'shape', [1, 2, 8]),
      says: /layers\[2\]\.shape: expected 1x4x4, as its graph has, got "1x2x8"/,
    },
    {
      what: 'another scale',
      change: (i: Loose) => set(i, 1, 'scale', 0.5),
      says: /layers\[1\]\.scale: expected 0\.0039/,
    },
    {
      what: 'another zero point',
      change: (i: Loose) => set(i, 1, 'zeroPoint', 4),
      says: /layers\[1\]\.zeroPoint: expected 3/,
    },
    {
      what: 'a digest that is a number',
      change: (i: Loose) => set(i, 1, 'digest', 1),
      says: /layers\[1\]\.digest: expected a text, got 1/,
    },
    {
      what: 'a file that is a number',
      change: (i: Loose) => set(i, 1, 'file', 1),
      says: /layers\[1\]\.file: expected a text, got 1/,
    },
    {
      what: 'a file elsewhere',
      change: (i: Loose) => set(i, 1, 'file', '../../etc/passwd'),
      says: /layers\[1\]\.file: expected layers\/model\.0\.npy/,
    },
    {
      what: 'a name elsewhere',
      change: (i: Loose) => set(i, 1, 'name', '../../x'),
      says: /layers\[1\]\.name: expected a name without/,
    },
    {
      what: 'no codes of the image',
      change: (i: Loose) => set(i, 0, 'file', null),
      says: /layers\[0\]\.file/,
    },
    {
      what: 'a model elsewhere',
      change: (i: Loose) => Object.assign(i, { model: '../../x.pt' }),
      says: /model: expected a name without .*, got "\.\.\/\.\.\/x\.pt"/,
    },
    {
      what: 'an image elsewhere',
      change: (i: Loose) => Object.assign(i, { image: { file: 'a/b', sha256: sha256('') } }),
      says: /image\.file: expected a name without .*, got "a\/b"/,
    },
    {
      what: 'bits as text',
      change: (i: Loose) => Object.assign(i, { weightBits: '8' }),
      says: /weightBits: expected a whole number from 1 to 16, got "8"/,
    },
    {
      what: 'other bits than its graph',
      change: (i: Loose) => Object.assign(i, { activationBits: 6 }),
      says: /activationBits: expected 8, as its graph has/,
    },
    {
      what: 'no settings of q_NMS',
      change: (i: Loose) => delete i.nms,
      says: /nms is missing/,
    },
    {
      what: 'a confidence of seven',
      change: (i: Loose) => Object.assign(i.nms as object, { confidence: 7 }),
      says: /nms\.confidence: expected a number from 0 to 1, got 7/,
    },
    {
      what: 'boxes of a graph without a head',
      change: (i: Loose) => Object.assign(i, { boxes: { boxes: [], candidates: 0, overflow: false } }),
      says: /boxes: expected null/,
    },
    {
      what: 'a box without corners',
      change: (i: Loose) => Object.assign(i, { boxes: { boxes: [{}], candidates: 0, overflow: false } }),
      says: /boxes\.boxes\[0\]: x0 is missing/,
    },
    {
      what: 'the hash of another graph',
      change: (i: Loose) => Object.assign(i, { graph: sha256('') }),
      says: /graph is not the one that was frozen/,
    },
  ])('with $what is refused', async ({ change, says }) => {
    expect(await refusal(await damage(change))).toMatch(says)
  })

  test.each([0, 5, 11, 60, 127, 150])('with an .npy cut to %i bytes is refused by name', async (length) => {
    const set = await damage(() => {})
    const path = join(set, 'layers/model.0.npy')
    await writeFile(path, (await readFile(path)).subarray(0, length))
    expect(await refusal(set)).toMatch(/layers\/model\.0\.npy: npy: expected/)
  })

  test('whose .npy has another shape, or is gone, is refused by name', async () => {
    const set = await damage(() => {})
    const path = join(set, 'layers/model.0.npy')
    const text = (await readFile(path)).toString('latin1').replace('(3, 4, 4)', '(4, 4, 3)')
    await writeFile(path, text, 'latin1')
    expect(await refusal(set)).toMatch(/model\.0\.npy: expected codes of shape \[3,4,4\], got \[4,4,3\]/)
    await writeFile(path, '')
    expect(await refusal(set)).toMatch(/model\.0\.npy/)
  })

  test('whose graph says what no graph is, is refused even where its hash is right', async () => {
    const file = writeIntegerGraph({ ...graph, nodes: [null] } as unknown as IntegerGraph)
    const set = await damage((index) => Object.assign(index, { graph: sha256(file) }))
    await writeFile(join(set, 'graph.assay'), file)
    expect(await refusal(set)).toMatch(/graph\.assay: nodes\[0\]: expected an object, got null/)
  })
})

const set = (index: Loose, layer: number, key: string, value: unknown): void => {
  index.layers[layer]![key] = value
}
