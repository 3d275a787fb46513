/** The activation table at another index, of another layer, or with another entry. */
import { clamp } from '../../golden/fixed-point.ts'
import type { IntegerConv } from '../../golden/types.ts'
import { clamped, type Ends, type Finish, finishOf, lookUp, modulo, type Rule } from './finish.ts'
import { signed, tooFar } from './hypothesis.ts'

/** The table at another index, and none. */
export function listIndices(ends: Ends): readonly Rule[] {
  const { low, indexBits, outputBits, outputOffset } = ends
  const last = 2 ** indexBits - 1
  const rule = (id: string, says: string, finish: Finish): Rule => ({ id, change: 'table', says, finish })
  const at = (id: string, says: string, indexOf: (index: number) => number): Rule =>
    rule(id, says, (value) => lookUp(ends, indexOf(clamped(ends, value))))
  const tooWide = indexBits - outputBits
  return [
    ...[1, -1].flatMap((step) => [
      at(`table-index${signed(step)}`, `the activation table's index, ${tooFar(step)} (it wraps)`, (index) =>
        modulo(index + step, indexBits),
      ),
      at(
        `table-index${signed(step)}-clamped`,
        `the activation table's index, ${tooFar(step)} (it saturates)`,
        (index) => clamp(index + step, 0, last),
      ),
    ]),
    rule('no-table', 'no activation table: the low bits of its index', (value) =>
      modulo(clamped(ends, value) + low + outputOffset, outputBits),
    ),
    ...(tooWide === 0
      ? []
      : [
          rule(
            'no-table-high',
            'no activation table: the upper bits of its index',
            (value) => clamped(ends, value) >> tooWide,
          ),
          rule('no-table-clamped', 'no activation table: its index, clamped to a code', (value) =>
            clamp(clamped(ends, value) + low + outputOffset, 0, 2 ** outputBits - 1),
          ),
        ]),
    at(
      'table-index-sign',
      "the activation table's index with its top bit inverted, as signed for unsigned",
      (index) => index ^ (2 ** (indexBits - 1)),
    ),
    at('table-reversed', 'the activation table in reverse order', (index) => last - index),
  ]
}

/** The table of another layer. */
export function listOtherTables(ends: Ends, node: IntegerConv, all: readonly IntegerConv[]): readonly Rule[] {
  const own = all.findIndex(({ name }) => name === node.name)
  if (own < 0) return []
  const placed = all.map((other, place) => ({ other, steps: place - own }))
  // The nearest first.
  placed.sort((a, b) => Math.abs(a.steps + 0.1) - Math.abs(b.steps + 0.1))
  const before = placed.find(({ other, steps }) => steps < 0 && other.table !== null)
  const after = placed.find(({ other, steps }) => steps > 0 && other.table !== null)
  return placed.flatMap((place): readonly Rule[] => {
    const { table, name, quant } = place.other
    if (place.steps === 0 || table === null || table.length !== ends.table!.length) return []
    if (quant.bits !== ends.outputBits) return []
    const which = place === before ? ' (the layer before)' : place === after ? ' (the layer after)' : ''
    return [
      {
        id: place === before ? 'table-before' : place === after ? 'table-after' : `table-of-${name}`,
        change: 'table',
        says: `the activation table of ${name}${which}`,
        finish: (value) => table[clamped(ends, value)]!,
      },
    ]
  })
}

/** The first or the last entry is not loaded: where it is read, the hardware has one code, whatever that is. */
export function listLostEntries(ends: Ends, written: ArrayLike<number> | undefined): readonly Rule[] {
  if (written === undefined) return []
  const last = ends.table!.length - 1
  return (
    [
      ['first', 0],
      ['last', last],
    ] as const
  ).map(([which, entry]): Rule => {
    let found: number | undefined
    return {
      ...{ id: `table-${which}-lost`, change: 'table' },
      says: `another code in the ${which} entry of the activation table, as if it were not loaded`,
      finish: (value, element) => {
        const index = clamped(ends, value)
        if (index !== entry) return lookUp(ends, index)
        if (found === undefined && written[element]! >= 0) found = written[element]!
        return found ?? -1
      },
    }
  })
}

/** The output behind everything. */
export function listOutputs(ends: Ends): readonly Rule[] {
  const last = 2 ** ends.outputBits - 1
  if (ends.table === null) return []
  return [1, -1].map((step) => ({
    id: `output${signed(step)}`,
    change: 'parameters' as const,
    says: `the output's zero point, behind the table, ${tooFar(step)}`,
    finish: (value) => clamp(finishOf(ends, value) + step, 0, last),
  }))
}
