/** What changed between two frozen sets: every field of a layer, one at a time. */
import { describe, expect, test } from 'vitest'
import { diffFrozen, type FrozenLayer } from '../../src/diff/frozen.ts'

const layer: FrozenLayer = {
  ...{ name: 'a', op: 'conv', shape: [2, 3, 4], scale: 0.5, zeroPoint: 3, bits: 8 },
  ...{ digest: 'd', file: null },
}
const some = () => ({ differ: 5, largest: 2 })
const none = () => null

describe('a layer that changed', () => {
  test.each<[string, Partial<FrozenLayer>, readonly string[]]>([
    ['op', { op: 'add' }, ['op conv -> add']],
    ['shape', { shape: [2, 3, 5] }, ['shape 2x3x4 -> 2x3x5']],
    ['bits', { bits: 9 }, ['bits 8 -> 9']],
    ['scale', { scale: 0.25 }, ['scale 0.500000 -> 0.250000']],
    ['zero point', { zeroPoint: 4 }, ['zero point 3 -> 4']],
    ['codes', { digest: 'e' }, ['5 of 24 codes differ, by 2 at most']],
    [
      'everything: what is most telling comes first, and codes of another shape are not counted',
      { op: 'add', shape: [4, 3, 2], bits: 7, scale: 2, zeroPoint: 0, digest: 'e' },
      [
        'op conv -> add',
        'shape 2x3x4 -> 4x3x2',
        'bits 8 -> 7',
        'scale 0.500000 -> 2.00000',
        'zero point 3 -> 0',
        'codes differ',
      ],
    ],
  ])('%s', (_, own, what) => {
    const changes = diffFrozen([layer], [{ ...layer, ...own }], some)
    expect(changes).toEqual([{ name: 'a', kind: 'changed', what }])
  })

  test('of which the digest alone is kept: the codes differ', () => {
    const changes = diffFrozen([layer], [{ ...layer, digest: 'e' }], none)
    expect(changes).toEqual([{ name: 'a', kind: 'changed', what: ['codes differ'] }])
  })

  test('where only the file is another: nothing', () => {
    expect(diffFrozen([layer], [{ ...layer, file: 'a.npy' }], some)).toEqual([])
  })
})

test('layers are named in the order of the newer set, those that are gone come last', () => {
  const named = (name: string, own: Partial<FrozenLayer> = {}): FrozenLayer => ({ ...layer, name, ...own })
  const asked: string[] = []
  const older = [named('gone', { op: 'add' }), named('b'), named('same'), named('c')]
  const newer = [
    named('new', { shape: [1, 2, 3] }),
    named('c', { digest: 'x' }),
    named('same'),
    named('b', { bits: 4 }),
  ]
  const changes = diffFrozen(older, newer, (name) => {
    asked.push(name)
    return { differ: 24, largest: 255 }
  })
  expect(changes).toEqual([
    { name: 'new', kind: 'added', what: ['conv 1x2x3'] },
    { name: 'c', kind: 'changed', what: ['24 of 24 codes differ, by 255 at most'] },
    { name: 'b', kind: 'changed', what: ['bits 8 -> 4'] },
    { name: 'gone', kind: 'removed', what: ['add 2x3x4'] },
  ])
  expect(asked).toEqual(['c'])
})
