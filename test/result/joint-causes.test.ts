import { expect, test } from 'vitest'
import { groupRed } from '../../src/result/diagnosis.ts'
import { jointCauses } from '../../src/result/joint-causes.ts'
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
