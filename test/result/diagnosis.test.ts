/** What red layers have in common, on small networks whose layers are known. */
import { describe, expect, test } from 'vitest'
import { type Common, extentOf, groupRed, keyOf } from '../../src/result/diagnosis.ts'
import type { NetworkNode } from '../../src/result/record.ts'
import type { LayerResult } from '../../src/result/result.ts'
import { differs } from '../report/ci-run.ts'
import { HEAD, makeLayer } from '../report/shard-reports.ts'

const failed = (name: string, error: string): LayerResult => ({ ...makeLayer(name, 24), first: null, error })
const caused = (name: string, id: string): LayerResult => ({
  ...differs(name),
  kind: { ...differs(name).kind!, cause: { id, says: `the bias of ${name}`, explained: 24, elements: 24 } },
})
const namesOf = (groups: readonly (readonly LayerResult[])[]) =>
  groups.map((group) => group.map(({ name }) => name).join(' '))

describe('groups', () => {
  test('explained ones first, the largest first, whatever names and numbers an error has', () => {
    const layers = [
      caused('a', 'bias-before'),
      differs('b'),
      makeLayer('exact'),
      caused('c', 'bias-before'),
      failed('d', 'd hung, in cycle 12'),
      caused('e', 'table-before'),
      caused('f', 'bias-before'),
      failed('g', 'g hung, in cycle 3456'),
    ]
    expect(namesOf(groupRed(layers))).toEqual(['a c f', 'e', 'd g', 'b'])
    expect(namesOf(groupRed(layers, 'chained'))).toEqual(['a c f', 'b', 'd g', 'e'])
  })

  test('assertions at two lines are two faults, and what nothing is known of is alone', () => {
    const layers = [
      failed('a', 'rtl/x.sv:12: no carry (t, cycle 5)'),
      failed('b', 'rtl/x.sv:12: no carry (t, cycle 77)'),
      failed('c', 'rtl/x.sv:13: no carry (t, cycle 5)'),
      makeLayer('d', 1),
      makeLayer('e', 1),
    ]
    expect(namesOf(groupRed(layers))).toEqual(['a b', 'c', 'd', 'e'])
  })

  test.each<[string, Partial<LayerResult>]>([
    ['a beat is surplus', { stray: 1 }],
    ['an element came twice', { repeated: 1 }],
    ['writes were lost', { lost: 1 }],
    ['a seed is red', { seeds: { run: [1, 2], red: [2] } }],
    ['it was red before', { kind: null, mismatches: 0, first: null, unsteady: true }],
    ['its error is another', { error: 'ends early' }],
  ])('a fault is another where %s', (_, own) => {
    const odd = { ...differs('a'), ...own }
    expect(keyOf(odd)).not.toBe(keyOf(differs('a')))
    expect(keyOf({ ...odd, name: 'b' })).toBe(keyOf(odd))
  })

  test('no seed that is red, and no write that is lost, is as no word of them', () => {
    expect(keyOf({ ...differs('b'), lost: 0, seeds: { run: [1], red: [] } })).toBe(keyOf(differs('a')))
  })
})

describe('what only the red layers have', () => {
  type Form = Partial<NetworkNode['window'] & object> & { op?: string; width?: number; from?: string }
  /** `b` and `c` have a table and a 3x3 window with padding; `d` has stride 2, `e` no table and 1x1; `f` adds. */
  const FORMS: Readonly<Record<string, Form>> = {
    a: {},
    b: {},
    c: { width: 9 },
    d: { stride: 2 },
    e: { kernel: 1, padding: 0, table: false },
    f: { op: 'add' },
  }
  const network: readonly NetworkNode[] = Object.entries(FORMS).map(([name, form], index) => ({
    ...{ name, op: form.op ?? 'conv', shape: [8 * (index + 1), 4, form.width ?? 8] as const },
    inputs: index === 0 ? [] : ['abcdef'[index - 1]!],
    window:
      form.op === undefined
        ? {
            kernel: form.kernel ?? 3,
            stride: form.stride ?? 1,
            padding: form.padding ?? 1,
            table: form.table ?? true,
          }
        : undefined,
  }))
  const extentIf = (isRed: (name: string) => boolean, own: Partial<Parameters<typeof extentOf>[1]> = {}) => {
    const layers = network.map(({ name, op, shape }) => ({
      ...(isRed(name) ? differs(name) : makeLayer(name)),
      ...{ op, shape },
    }))
    const red = layers.filter(({ name }) => isRed(name))
    const run = { ...HEAD.run, engine: { ...HEAD.run.engine, pixels: 4 } }
    return extentOf(red, { layers, network, run, mode: 'isolated', ...own })
  }

  test.each<[red: string, Common | null]>([
    ['abcde', { kind: 'operators' }],
    ['f', { kind: 'operators' }],
    ['d', { kind: 'traits', traits: ['with stride 2'], exact: 0 }],
    ['e', { kind: 'traits', traits: ['without an activation table', 'with a 1x1 window'], exact: 0 }],
    ['abcd', { kind: 'traits', traits: ['with an activation table', 'with a 3x3 window'], exact: 0 }],
    ['c', { kind: 'traits', traits: ['whose width 4 does not divide'], exact: 0 }],
    ['cde', { kind: 'traits', traits: ['with more than 8 input channels'], exact: 0 }],
    ['bcd', { kind: 'traits', traits: ['with an activation table', 'with a 3x3 window'], exact: 1 }],
    ['a', { kind: 'first' }],
    ['bd', null],
    ['abcdef', null],
  ])('%s', (red, common) => {
    expect(extentIf((name) => red.includes(name)).common).toEqual(common)
  })

  test('a size, where the hardware has as many lanes', () => {
    const engine = { ...HEAD.run.engine, pixels: 4, inputLanes: 64, outputLanes: 64 }
    const { common } = extentIf((name) => 'cde'.includes(name), { run: { ...HEAD.run, engine } })
    expect(common).toEqual({ kind: 'traits', traits: ['with 24 output channels or more'], exact: 0 })
  })

  test('what every layer has is no trait', () => {
    const all = network.map((node) => ({ ...node, window: { ...node.window!, stride: 1, table: true } }))
    const { common } = extentIf((name) => 'abd'.includes(name), { network: all })
    expect(common === null || (common.kind === 'traits' && common.traits.length > 0)).toBe(true)
    expect(JSON.stringify(common)).not.toMatch(/stride|table/)
  })

  test('in a chain, all from a layer on', () => {
    expect(extentIf((name) => name >= 'd', { mode: 'chained' }).common).toEqual({ kind: 'from', layer: 'd' })
  })

  test('is counted by operator; what did not run is on neither side', () => {
    const lost = { ...failed('g', 'not run: the run ended'), op: 'max-pool', notRun: true as const }
    const layers = [differs('a'), makeLayer('b'), lost, { ...makeLayer('h'), op: 'add' }]
    const extent = extentOf([layers[0]!], { layers, network: [], run: HEAD.run, mode: 'isolated' })
    expect(extent.operators).toEqual([{ op: 'conv', red: 1, all: 2 }])
    expect(extent.others).toEqual({ red: 0, exact: 1, notRun: 1 })
  })
})
