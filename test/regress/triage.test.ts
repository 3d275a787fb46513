/** 63 reds of one cause are one group, and its first member is the cheapest to see again. */
import { expect, test } from 'vitest'
import type { NightEntry } from '../../src/regress/night.ts'
import { triage } from '../../src/regress/triage.ts'
import { fault, makeNight } from './nights.ts'

const differs = (own = {}): Partial<NightEntry> => ({ status: 'differs', fault: fault(own) })

test('entries that differ in numbers alone have one cause', () => {
  const night = makeNight({
    ...{ images: 7, seeds: 9 },
    fate: ({ seed }) =>
      differs({ message: `model.1 c${seed} y0 x0: expected ${seed}, received 3; ${seed} of 24 differ` }),
  })
  const [group, ...others] = triage(night)
  expect(others).toEqual([])
  expect(group!.members).toHaveLength(63)
  expect(group!.blocks).toHaveLength(1)
})

test('what blames the RTL comes first, then the larger group, then the graver', () => {
  const fates: Partial<NightEntry>[] = [
    ...[{ status: 'late' as const }, { status: 'late' as const }, { status: 'late' as const }],
    ...[{ status: 'notRun' as const }, { status: 'error' as const }],
    ...[{ status: 'unsteady' as const }, { status: 'failed' as const }, differs({ layer: 'model.2' })],
    ...[differs(), differs(), {}],
  ]
  const night = makeNight({
    images: fates.length,
    fate: (entry) => fates[Number(entry.axes.image!.slice(7, 13))]!,
  })
  expect(triage(night).map(({ cause, members }) => [cause.status, members])).toEqual([
    ['differs', [8, 9]],
    ['differs', [7]],
    ['failed', [6]],
    ['unsteady', [5]],
    ['late', [0, 1, 2]],
    ['error', [4]],
    ['notRun', [3]],
  ])
})

test('groups of one size and status keep the order of the plan; a green night has none', () => {
  const night = makeNight({ images: 2, fate: ({ run }) => differs({ layer: `model.${2 - run}` }) })
  expect(triage(night).map(({ members }) => members[0])).toEqual([0, 1])
  expect(triage(makeNight())).toEqual([])
})

test('the smallest case: fewest cycles up to the red layer, then the order of the plan, whatever runs took', () => {
  const night = makeNight({
    images: 1,
    bits: [8, 4],
    modes: ['chained', 'isolated'],
    seeds: 2,
    fate: () => differs(),
  })
  const first = (own: Partial<typeof night>): string => {
    const [group] = triage({ ...night, ...own })
    return night.entries[group!.members[0]!]!.name
  }
  // 500 cycles alone, 1,500 in a chain.
  expect(first({})).toBe('images/000000.png W8A8 isolated seed 1')
  const faster = night.runs.map((run, index) => ({ ...run, simSeconds: index === 3 ? 0.5 : 1 }))
  expect(first({ runs: faster })).toBe('images/000000.png W8A8 isolated seed 1')
  const designs = night.designs.map((design, index) => ({
    ...design,
    cycles: { 'model.0': 1, 'model.1': index === 2 ? 9 : 500 },
  }))
  expect(first({ designs })).toBe('images/000000.png W4A4 chained seed 1')
  // Where no cycle is known, it comes last.
  const unknown = night.designs.map((design, index) => (index === 3 ? design : { ...design, cycles: {} }))
  expect(first({ designs: unknown })).toBe('images/000000.png W4A4 isolated seed 1')
})

test('boxes and a layer without cycles cost the whole network', () => {
  const own = (layer: string | null) => makeNight({ images: 1, bits: [8, 4], fate: () => differs({ layer }) })
  for (const layer of ['q_NMS', 'unheard', null]) {
    const night = own(layer)
    const designs = night.designs.map((design, index) => ({
      ...design,
      cycles: index === 0 ? { a: 100, q_NMS: 1 } : { a: 50, q_NMS: 2 },
    }))
    expect(triage({ ...night, designs })[0]!.members, String(layer)).toEqual([1, 0])
  }
})
