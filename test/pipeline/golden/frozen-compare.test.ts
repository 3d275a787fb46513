/** Frozen sets compared: with what this program computes, with their own graph, and with one another. */
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { writeNpy } from '../../../src/artefacts/npy.ts'
import { digest } from '../../../src/golden/digest.ts'
import type { Codes, IntegerGraph, NmsResult } from '../../../src/golden/types.ts'
import {
  checkFrozen,
  compareFrozen,
  type FrozenMismatch,
  type FrozenSet,
  readFrozen,
  writeFrozen,
} from '../../../src/pipeline/golden/frozen-set.ts'
import { sha256 } from '../../../src/store/hash.ts'
import { makeFolder } from '../prepared.ts'
import { makeBench } from '../small-network.ts'

const { rtl, graph, golden, expectedBoxes } = makeBench()
const box = { x0: 1, y0: 2, x1: 3, y1: 4, classIndex: 0, code: 200, score: 9, anchor: 5 }
const boxes: NmsResult = { boxes: [box, { ...box, anchor: 6 }], candidates: 4, overflow: false }
const about = {
  model: 'small.pt',
  tableBits: 10,
  nms: rtl.nms,
  image: { file: 'x.png', sha256: sha256('x') },
  boxes,
}
const tensors = new Map<string, Codes>(
  [...golden].filter(([name]) => graph.nodes.some((node) => node.name === name)),
)
const chosen = new Set(['stem', 'pool'])

interface Changes {
  readonly graph?: IntegerGraph
  readonly tensors?: ReadonlyMap<string, Codes>
  readonly about?: Partial<Parameters<typeof writeFrozen>[3]>
  readonly chosen?: ReadonlySet<string>
}
async function freeze(own: Changes = {}): Promise<string> {
  const folder = join(makeFolder(), 'set')
  const index = { ...about, ...own.about }
  await writeFrozen(folder, own.graph ?? graph, own.tensors ?? tensors, index, own.chosen ?? chosen)
  return folder
}
/** One code of a tensor, changed by so much. */
const bend = (name: string, by: number, at = 0): ReadonlyMap<string, Codes> => {
  const codes = tensors.get(name)!.slice() as Codes
  codes[at] = codes[at]! + by
  return new Map(tensors).set(name, codes)
}
const lowest = (name: string): number => Array.from(tensors.get(name)!).findIndex((code) => code < 100)

let whole: string
let set: FrozenSet
beforeAll(async () => {
  whole = await freeze()
  set = await readFrozen(whole)
})

describe('what this program computes', () => {
  test('is what was frozen, layers and boxes', () => {
    expect(tensors.size).toBe(graph.nodes.length)
    expect(expectedBoxes).not.toBeNull()
    expect(() => checkFrozen(set, tensors, boxes)).not.toThrow()
  })

  test.each([
    {
      what: 'one code of the first layer',
      own: bend('images', 1),
      says: /1 of 17 layers differently .*first images\./,
    },
    {
      what: 'one code of the last layer',
      own: bend('cls1', 1),
      says: /1 of 17 layers differently .*first cls1\./,
    },
    {
      what: 'two layers',
      own: new Map([...bend('pool', 1), ['deep', bend('deep', 1).get('deep')!]]),
      says: /2 of 17 layers differently .*first deep\./,
    },
    {
      what: 'a layer that is not there',
      own: new Map([...tensors].filter(([name]) => name !== 'up')),
      says: /1 of 17 layers differently .*first up\./,
    },
  ])('is not, by $what', ({ own, says }) => {
    expect(() => checkFrozen(set, own, boxes)).toThrow(says)
    expect(() => checkFrozen(set, own, boxes)).toThrow(
      expect.objectContaining({ exitCode: 1 }) as FrozenMismatch,
    )
  })

  test.each<{ what: string; own: NmsResult | null }>([
    { what: 'a box less', own: { ...boxes, boxes: [box] } },
    { what: 'boxes in another order', own: { ...boxes, boxes: boxes.boxes.toReversed() } },
    { what: 'a corner', own: { ...boxes, boxes: [box, { ...box, anchor: 6, y1: 5 }] } },
    { what: 'candidates', own: { ...boxes, candidates: 5 } },
    { what: 'an overflow', own: { ...boxes, overflow: true } },
    { what: 'no boxes at all', own: null },
  ])('finds other boxes: $what', ({ own }) => {
    expect(() => checkFrozen(set, tensors, own)).toThrow(/finds other boxes than the frozen set holds/)
  })
})

describe('a set and its own files', () => {
  /** Changes the index of a copy of the set, and writes a layer's file anew. */
  async function damage(
    change: (index: { layers: Record<string, unknown>[] } & Record<string, unknown>) => void,
    file?: Uint8Array,
  ) {
    const folder = join(makeFolder(), 'set')
    await cp(whole, folder, { recursive: true })
    const path = join(folder, 'frozen.json')
    const index = JSON.parse(await readFile(path, 'utf8'))
    change(index)
    await writeFile(path, JSON.stringify(index))
    if (file !== undefined) await writeFile(join(folder, 'layers/stem.npy'), file)
    return folder
  }
  const codes = tensors.get('stem')!
  const shape = graph.nodes.find(({ name }) => name === 'stem')!.shape
  const at = graph.nodes.findIndex(({ name }) => name === 'stem')

  test('are read whole', async () => {
    expect(set.index).toMatchObject({
      format: 'assay frozen',
      version: 1,
      ...about,
      weightBits: 8,
      activationBits: 8,
    })
    expect(set.index.layers.map(({ name, file }) => [name, file])).toEqual(
      graph.nodes.map(({ name }) => [
        name,
        ['images', 'stem', 'pool'].includes(name) ? `layers/${name}.npy` : null,
      ]),
    )
    expect(set.graph.nodes).toEqual(graph.nodes)
    expect([...set.full]).toEqual(['images', 'stem', 'pool'].map((name) => [name, tensors.get(name)]))
    expect(set.image).toEqual(tensors.get('images'))
  })

  test.each([
    {
      what: 'codes with a sign, of codes that have none',
      change: () => {},
      file: writeNpy({ shape, data: new Int8Array(codes) }),
      says: /the codes of stem are not those that were frozen/,
    },
    {
      what: 'codes of 32 bits',
      change: () => {},
      file: writeNpy({ shape, data: new Int32Array(codes) }),
      says: /stem\.npy: expected codes of 8 or 16 bits/,
    },
    {
      what: 'another code',
      change: () => {},
      file: writeNpy({ shape, data: bend('stem', 1).get('stem')! }),
      says: /the codes of stem are not those that were frozen/,
    },
    {
      what: 'another digest',
      change: ({ layers }: { layers: Record<string, unknown>[] }) =>
        Object.assign(layers[at]!, { digest: digest(bend('stem', 1).get('stem')!) }),
      says: /the codes of stem are not those/,
    },
    {
      what: 'bits',
      change: ({ layers }: { layers: Record<string, unknown>[] }) => Object.assign(layers[at]!, { bits: 7 }),
      says: /layers\[1\]\.bits: expected 8, as its graph has/,
    },
    {
      what: 'bits of weights',
      change: (index: object) => Object.assign(index, { weightBits: 7 }),
      says: /weightBits: expected 8, as its graph has/,
    },
    {
      what: 'bits of tables',
      change: (index: object) => Object.assign(index, { tableBits: 9 }),
      says: /tableBits: expected 10, as stem has/,
    },
    {
      what: 'boxes that are not there',
      change: (index: object) => Object.assign(index, { boxes: null }),
      says: /boxes: expected boxes: its graph has a head/,
    },
  ])('are refused with other $what', async ({ change, file, says }) => {
    await expect(readFrozen(await damage(change, file))).rejects.toThrow(says)
  })

  test('hold no codes of layers that are chosen no longer', async () => {
    const folder = await freeze()
    await writeFrozen(folder, graph, tensors, about, new Set(['deep']))
    expect([...(await readFrozen(folder)).full.keys()]).toEqual(['images', 'deep'])
    await expect(readFile(join(folder, 'layers/stem.npy'))).rejects.toThrow(/ENOENT/)
  })
})

describe('two sets', () => {
  const compare = async (own: Changes) => {
    const { about: of, layers } = await compareFrozen(whole, await freeze(own))
    return { of, layers: layers.map(({ name, kind, what }) => [name, kind, ...what]) }
  }
  const nodesWith = (name: string, own: object): IntegerGraph => ({
    ...graph,
    nodes: graph.nodes.map((node) => (node.name === name ? ({ ...node, ...own } as typeof node) : node)),
  })
  const { quant } = graph.nodes.find(({ name }) => name === 'pool')!
  const { nms } = rtl

  test('that are equal differ in nothing', async () => {
    expect(await compare({})).toEqual({ of: [], layers: [] })
  })

  test.each<{ own: Changes; of: readonly string[] }>([
    { own: { about: { model: 'best.pt' } }, of: ['checkpoint small.pt -> best.pt'] },
    { own: { about: { image: { file: 'y.png', sha256: sha256('x') } } }, of: ['image x.png -> y.png'] },
    { own: { about: { image: { file: 'x.png', sha256: sha256('y') } } }, of: ['image x.png -> x.png'] },
    { own: { about: { nms: { ...nms, iou: 0.5 } } }, of: ['settings of q_NMS'] },
    { own: { about: { nms: { ...nms, multiLabel: true } } }, of: ['settings of q_NMS'] },
    { own: { about: { stimulus: 'corners' } }, of: ['stimulus not chosen -> corners'] },
    { own: { about: { boxes: { ...boxes, boxes: [box] } } }, of: ['boxes 2 -> 1'] },
    { own: { about: { boxes: { ...boxes, candidates: 5 } } }, of: ['boxes 2 -> 2'] },
    { own: { about: { boxes: null } }, of: ['boxes 2 -> none'] },
    { own: { about: { tableBits: 9 } }, of: ['bits W8A8P10 -> W8A8P9'] },
    {
      own: { graph: { ...graph, weightBits: 7 } },
      of: ['bits W8A8P10 -> W7A8P10', 'quantised model: weights, tables or scales'],
    },
  ])('of which one differs as a whole: $of', async ({ own, of }) => {
    expect(await compare(own)).toEqual({ of, layers: [] })
  })

  test.each<{ what: string; own: Changes; layers: readonly (readonly string[])[] }>([
    {
      what: 'codes of which both have all',
      own: { tensors: bend('stem', 7, lowest('stem')) },
      layers: [['stem', 'changed', '1 of 576 codes differ, by 7 at most']],
    },
    {
      what: 'codes of which one has the digest only',
      own: { tensors: bend('stem', 7, lowest('stem')), chosen: new Set() },
      layers: [['stem', 'changed', 'codes differ']],
    },
    {
      what: 'codes of which both have the digest only',
      own: { tensors: bend('deep', 1) },
      layers: [['deep', 'changed', 'codes differ']],
    },
    {
      what: 'a zero point',
      own: { graph: nodesWith('pool', { quant: { ...quant, zeroPoint: 99 } }) },
      layers: [['pool', 'changed', `zero point ${quant.zeroPoint} -> 99`]],
    },
    {
      what: 'a scale',
      own: { graph: nodesWith('pool', { quant: { ...quant, scale: 0.5 } }) },
      layers: [['pool', 'changed', `scale ${quant.scale.toPrecision(6)} -> 0.500000`]],
    },
    {
      what: 'bits',
      own: { graph: nodesWith('pool', { quant: { ...quant, bits: 16 } }) },
      layers: [['pool', 'changed', 'bits 8 -> 16']],
    },
    {
      what: 'an operation',
      own: { graph: nodesWith('pool', { op: 'upsample' }) },
      layers: [['pool', 'changed', 'op max-pool -> upsample']],
    },
    {
      what: 'a layer less and one more',
      own: {
        graph: nodesWith('pool', { name: 'pond' }),
        tensors: new Map(tensors).set('pond', tensors.get('pool')!),
      },
      layers: [
        ['pond', 'added', 'max-pool 11x4x4'],
        ['pool', 'removed', 'max-pool 11x4x4'],
      ],
    },
  ])('of which a layer differs: $what', async ({ own, layers }) => {
    const found = await compare(own)
    expect(found.layers).toEqual(layers)
    expect(found.of).toEqual(own.graph === undefined ? [] : ['quantised model: weights, tables or scales'])
  })
})
