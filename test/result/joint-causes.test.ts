import { expect, test } from 'vitest'
import { groupRed } from '../../src/result/diagnosis.ts'
import { jointCauses, settleCauses } from '../../src/result/joint-causes.ts'
import type { LayerResult } from '../../src/result/result.ts'
import { differs } from '../report/ci-run.ts'

/** A red layer that each of these causes explains, the first one the simplest. */
const explained = (name: string, ids: readonly [string, ...string[]], of = 24): LayerResult => {
  const [first, ...more] = ids.map((id) => ({ id, says: `${id} of ${name}` }))
  const others = more.length === 0 ? {} : { others: more }
  return {
    ...differs(name),
    kind: { ...differs(name).kind!, cause: { ...first!, explained: of, elements: 24, ...others } },
  }
}
const idsOf = (layers: readonly LayerResult[]) => {
  const joint = jointCauses(layers)
  return layers.map((layer) => joint.get(layer)?.id ?? null)
}

test('the cause that explains most layers is that of all that it explains', () => {
  const layers = [
    explained('a', ['zero-point+1', 'table-index+1']),
    explained('b', ['table-index+1']),
    explained('c', ['zero-point+1', 'table-index+1', 'shift']),
    explained('d', ['no-bias']),
  ]
  expect(idsOf(layers)).toEqual(['table-index+1', 'table-index+1', 'table-index+1', 'no-bias'])
  expect(jointCauses(layers).get(layers[0]!)).toEqual({
    ...{ id: 'table-index+1', says: 'table-index+1 of a', explained: 24, elements: 24 },
  })
  expect(groupRed(layers).map((group) => group.map(({ name }) => name).join(''))).toEqual(['abc', 'd'])
})

test('what fits all of its layers stays beside it, and of equal ones the simplest is first', () => {
  const layers = [explained('a', ['x', 'y', 'z']), explained('b', ['y', 'x'])]
  expect(idsOf(layers)).toEqual(['x', 'x'])
  expect(jointCauses(layers).get(layers[1]!)!.others).toEqual([{ id: 'y', says: 'y of b' }])
})

test('a cause of a part of the elements, and a layer that failed, say nothing of others', () => {
  expect(
    idsOf([explained('a', ['x'], 23), { ...explained('b', ['x']), error: 'hung' }, differs('c')]),
  ).toEqual([null, null, null])
})

/** A red layer with one wrong element, which each of these causes would give. */
const possible = (name: string, ids: readonly string[], bits = 15): LayerResult => ({
  ...differs(name),
  kind: {
    ...{ name: 'unknown', evidence: 'too few' },
    possible: { bits, causes: ids.map((id) => ({ id, name: 'arithmetic', says: `${id} of ${name}` })) },
  },
})
const settledIds = (layers: readonly LayerResult[]) =>
  settleCauses(layers).map(({ kind }) => kind?.cause?.id ?? null)

test('layers that are each too little to tell tell it together', () => {
  const two = [possible('a', ['x', 'y']), possible('b', ['y', 'z'])]
  expect(settledIds(two)).toEqual([null, null])
  const three = [...two, possible('c', ['z', 'y'])]
  expect(settledIds(three)).toEqual(['y', 'y', 'y'])
  const { elements } = three[1]!
  expect(settleCauses(three)[1]!.kind).toEqual({
    name: 'arithmetic',
    evidence: `all ${elements} elements are explained completely by: y of b, as in all of 3 results together`,
    cause: { id: 'y', says: 'y of b', explained: elements, elements },
  })
  expect(groupRed(settleCauses(three)).map((group) => group.length)).toEqual([3])
})

test('what all of them have in common stays beside the cause', () => {
  const layers = ['a', 'b', 'c'].map((name) => possible(name, ['x', 'y']))
  expect(settledIds(layers)).toEqual(['x', 'x', 'x'])
  expect(settleCauses(layers)[2]!.kind!.cause!.others).toEqual([{ id: 'y', says: 'y of c' }])
})

test('a layer that a cause explains completely speaks for one that is too little to tell', () => {
  const layers = [explained('a', ['v', 'x']), possible('b', ['w', 'x'], 1), possible('c', ['w'], 1)]
  expect(settledIds(layers)).toEqual(['v', 'x', null])
})

test('a cause that other layers rule out speaks for none', () => {
  const layers = [
    explained('a', ['x', 'y']),
    explained('b', ['x']),
    explained('c', ['x']),
    possible('d', ['y'], 5),
  ]
  expect(settledIds(layers)).toEqual(['x', 'x', 'x', null])
})

test('a layer that failed tells nothing', () => {
  const layers = ['a', 'b', 'c'].map((name) => ({ ...possible(name, ['x']), error: 'hung' }))
  expect(settledIds(layers)).toEqual([null, null, null])
})
