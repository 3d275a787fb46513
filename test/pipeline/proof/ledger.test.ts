/** What is known of layers before a run, and kept after it: exact ones as proofs, red ones so that they are not believed when they turn. */

import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { beforeEach, describe, expect, test } from 'vitest'
import type { SimulationBench } from '../../../src/pipeline/bench/bench.ts'
import { failedLayer } from '../../../src/pipeline/bench/layer.ts'
import { keyLayers } from '../../../src/pipeline/proof/keys.ts'
import { openBenchLedgers } from '../../../src/pipeline/proof/ledger.ts'
import {
  failedOutcome,
  isRedOutcome,
  markOutcome,
  notRunOutcome,
  type Outcome,
} from '../../../src/pipeline/proof/outcomes.ts'
import { judgeChain } from '../../../src/pipeline/proof/red-chains.ts'
import type { BoxesResult, LayerResult } from '../../../src/result/result.ts'
import type { OpenedFile } from '../../../src/simulate/opened-files.ts'
import { isPassing, SimulationError } from '../../../src/simulate/simulation-error.ts'
import { type EvidenceStore, evidenceKey, writeEvidence } from '../../../src/store/evidence.ts'
import { hashParts } from '../../../src/store/hash.ts'
import { readSealed, seal } from '../../../src/store/kept.ts'
import { BOXES } from '../../report/shard-reports.ts'
import { changeOptions, makeFolder, type OwnOptions } from '../prepared.ts'
import { makeBench } from '../small-network.ts'

let store: EvidenceStore
let table: string
beforeEach(() => {
  store = { folder: join(makeFolder(), 'evidence'), programHash: 'p' }
  table = join(makeFolder(), 'table.mem')
  writeFileSync(table, '1')
})

const names = makeBench().roms.steps.map(({ name }) => name)
const [stem, split, detect] = ['stem', 'split', 'detect'].map((name) => names.indexOf(name))
const provedAt = '2026-01-01T00:00:00.000Z'
const benchOf = (own: OwnOptions = {}) => makeBench({ evidence: store, ...own })

/** A layer that was compared. */
const layerOf = (pc: number, mismatches = 0): Outcome => {
  const failed = failedLayer(makeBench(), pc, { message: '', cycle: 7 })
  return { kind: 'layer', layer: { ...failed, mismatches, error: null } }
}
const boxesOf = (own: Partial<BoxesResult> = {}): Outcome => ({
  kind: 'boxes',
  boxes: { result: { ...BOXES, ...own }, detected: null },
})
const opened = (content = '1') => [{ path: table, sha256: hashParts([content]) }]
const partOf = (outcome: Outcome | undefined): LayerResult | BoxesResult | undefined =>
  outcome?.kind === 'layer' ? outcome.layer : outcome?.boxes.result

/** A ledger of these layers, and what waits until all is kept. */
async function openLedger(bench: SimulationBench, wanted: readonly number[], seed: number | null = null) {
  const ledgers = await openBenchLedgers(bench, wanted, seed !== null)
  return Object.assign(await ledgers.open(seed, wanted), { close: ledgers.close })
}

/** A run that enters these outcomes. @returns the ledger, and what it knew before. */
async function enter(
  outcomes: readonly (readonly [pc: number, outcome: Outcome, passing?: boolean])[],
  own: OwnOptions = {},
  read: readonly OpenedFile[] = opened(),
  seed: number | null = null,
) {
  const wanted = outcomes.map(([pc]) => pc)
  const ledger = await openLedger(benchOf(own), wanted, seed)
  const known = [...ledger.outcomes.keys()]
  for (const [pc, outcome, passing = false] of outcomes) await ledger.enter(pc, outcome, read, passing)
  await ledger.close()
  return { ledger, known }
}
const lookUp = (own: OwnOptions = {}, pcs = [stem!, split!, detect!], seed: number | null = null) =>
  openLedger(benchOf(own), pcs, seed)

describe('an exact layer', () => {
  test('is known to the next run under its key, as proved before; so are the boxes', async () => {
    const { ledger, known } = await enter([
      [stem!, layerOf(stem!)],
      [detect!, boxesOf()],
    ])
    const [key, boxesKey] = keyLayers(store, benchOf(), [stem!, detect!])
    expect(known).toEqual([])
    expect(partOf(ledger.outcomes.get(stem!))).toEqual({
      ...partOf(layerOf(stem!)),
      evidence: { key, provedAt, before: false },
    })
    const next = await lookUp()
    expect([...next.outcomes.keys()]).toEqual([stem, detect])
    expect(partOf(next.outcomes.get(stem!))).toEqual({
      ...partOf(layerOf(stem!)),
      evidence: { key, provedAt, before: true },
    })
    expect(partOf(next.outcomes.get(detect!))).toEqual({
      ...BOXES,
      evidence: { key: boxesKey, provedAt, before: true },
    })
    // What the proof rests on is what the run rests on.
    expect(next.opened).toEqual(opened())
    // Nothing was red, so there is no list of what was.
    expect(readdirSync(store.folder).toSorted()).toEqual([`${key}.json`, `${boxesKey}.json`].toSorted())
  })

  test('is not where a file that the RTL read has changed, with --no-cache, and without a store', async () => {
    await enter([[stem!, layerOf(stem!)]])
    expect([...(await lookUp({ reuse: false })).outcomes.keys()]).toEqual([])
    const rest = changeOptions(benchOf(), { evidence: undefined })
    expect((await openLedger({ ...benchOf(), ...rest }, [stem!])).outcomes.size).toBe(0)
    writeFileSync(table, '0')
    expect((await lookUp()).outcomes.size).toBe(0)
  })
})

describe('a red layer', () => {
  test('is no proof, and comes first next time until it is exact', async () => {
    const { ledger } = await enter([
      [stem!, layerOf(stem!)],
      [split!, layerOf(split!, 3)],
    ])
    expect(partOf(ledger.outcomes.get(split!))).toEqual(partOf(layerOf(split!, 3)))
    const next = await lookUp()
    expect([[...next.outcomes.keys()], [...next.redLast]]).toEqual([[stem], ['split']])
    const other = { nms: { ...benchOf().rtl.nms, iou: 0.5 } }
    await enter([[split!, layerOf(split!)]], other)
    expect([...(await lookUp()).redLast]).toEqual([])
    expect(await readSealed(join(store.folder, 'red-last.json'), v.unknown())).toEqual([])
  })

  test('that is exact with the same inputs stays red, is called unsteady, and never becomes a proof', async () => {
    await enter([[split!, layerOf(split!, 3)]])
    for (let run = 0; run < 2; run++) {
      const { ledger, known } = await enter([[split!, layerOf(split!)]])
      expect(known).toEqual([])
      expect(partOf(ledger.outcomes.get(split!))).toEqual({ ...partOf(layerOf(split!)), unsteady: true })
    }
    // With --no-cache, too.
    const { ledger } = await enter([[split!, layerOf(split!)]], { reuse: false })
    expect(isRedOutcome(ledger.outcomes.get(split!)!)).toBe(true)
  })

  test('so do red boxes', async () => {
    await enter([[detect!, boxesOf({ mismatches: 1 })]])
    const { ledger } = await enter([[detect!, boxesOf()]])
    expect(partOf(ledger.outcomes.get(detect!))).toEqual({ ...BOXES, unsteady: true })
  })

  test('is forgotten with other inputs, or another content of a file that the RTL reads', async () => {
    await enter([[split!, layerOf(split!, 3)]])
    const other = { nms: { ...benchOf().rtl.nms, confidence: 0.9 } }
    expect(isRedOutcome((await enter([[split!, layerOf(split!)]], other)).ledger.outcomes.get(split!)!)).toBe(
      false,
    )
    writeFileSync(table, '0')
    expect(isRedOutcome((await enter([[split!, layerOf(split!)]])).ledger.outcomes.get(split!)!)).toBe(false)
  })

  test('of a failure of the machine is red now, and says nothing of the next run', async () => {
    const { ledger } = await enter([[split!, layerOf(split!, 3), true]])
    expect(isRedOutcome(ledger.outcomes.get(split!)!)).toBe(true)
    const next = await enter([[split!, layerOf(split!)]])
    expect(isRedOutcome(next.ledger.outcomes.get(split!)!)).toBe(false)
    expect((await lookUp()).outcomes.has(split!)).toBe(true)
  })

  test('is not kept, nor compared, where nobody knows what it read', async () => {
    const read = [...opened(), { path: 'C code', sha256: 'unknown' }]
    for (let run = 0; run < 2; run++) {
      const red = await enter([[split!, layerOf(split!, 3)]], {}, read)
      expect(isRedOutcome(red.ledger.outcomes.get(split!)!)).toBe(true)
      const exact = await enter([[split!, layerOf(split!)]], {}, read)
      expect(exact.known).toEqual([])
      expect(isRedOutcome(exact.ledger.outcomes.get(split!)!)).toBe(false)
    }
  })

  test('that was kept by a version that did not ask is not compared', async () => {
    const [key] = keyLayers(store, benchOf(), [split!])
    const value = { kind: 'red', why: 'it differs', opened: [{ path: 'C code', sha256: 'unknown' }] }
    await writeEvidence(store, key!, { provedAt, value })
    const { ledger } = await enter([[split!, layerOf(split!)]])
    expect(isRedOutcome(ledger.outcomes.get(split!)!)).toBe(false)
  })

  test('is known without a store, too', async () => {
    const options = changeOptions(benchOf(), { evidence: undefined })
    const ledger = await openLedger({ ...benchOf(), ...options }, [split!])
    await ledger.enter(split!, layerOf(split!, 3), [], false)
    await ledger.close()
    expect(partOf(ledger.outcomes.get(split!))).toEqual(partOf(layerOf(split!, 3)))
    expect(() => readdirSync(store.folder)).toThrow(/ENOENT/)
  })
})

describe('a random power-up', () => {
  const runFrom = (seed: number, outcome: Outcome, own: OwnOptions = {}, read = opened()) =>
    enter([[stem!, outcome]], own, read, seed)
  const exactIn = (cycles: number): Outcome => markOutcome(layerOf(stem!), { cycles, seconds: 0.25 })

  test('is known to the next run with its own cycles and time, and no other seed is', async () => {
    await runFrom(3, exactIn(70))
    await runFrom(5, exactIn(90))
    const [key] = keyLayers(store, benchOf(), [stem!])
    for (const [seed, cycles] of [
      [3, 70],
      [5, 90],
    ] as const) {
      const next = await lookUp({}, [stem!], seed)
      expect(partOf(next.outcomes.get(stem!))).toEqual({
        ...partOf(exactIn(cycles)),
        evidence: { key, provedAt, before: true },
      })
      expect(next.opened).toEqual(opened())
    }
    expect((await lookUp({}, [stem!], 4)).outcomes.size).toBe(0)
    expect((await lookUp({}, [split!], 3)).outcomes.size).toBe(0)
    // A file for the layer, whatever the seeds; and of a run without seeds nothing is known.
    expect(readdirSync(store.folder).toSorted()).toEqual([`${key}.json`, 'seeds'].toSorted())
  })

  test('is not known with --no-cache, with another file, and where the shown outcome is gone', async () => {
    await runFrom(3, exactIn(70))
    expect((await lookUp({ reuse: false }, [stem!], 3)).outcomes.size).toBe(0)
    writeFileSync(table, '0')
    expect((await lookUp({}, [stem!], 3)).outcomes.size).toBe(0)
    await runFrom(3, exactIn(71), {}, opened('0'))
    expect(partOf((await lookUp({}, [stem!], 3)).outcomes.get(stem!))).toMatchObject({ cycles: 71 })
    writeFileSync(table, '1')
    expect(partOf((await lookUp({}, [stem!], 3)).outcomes.get(stem!))).toMatchObject({ cycles: 70 })
    const [key] = keyLayers(store, benchOf(), [stem!])
    rmSync(join(store.folder, `${key}.json`))
    expect((await lookUp({}, [stem!], 3)).outcomes.size).toBe(0)
  })

  test('that is suddenly exact is unsteady from its own seed alone, whichever came last', async () => {
    await runFrom(3, layerOf(stem!, 2))
    for (let run = 0; run < 2; run++) {
      const { ledger, known } = await runFrom(3, layerOf(stem!))
      expect([known, partOf(ledger.outcomes.get(stem!))?.unsteady]).toEqual([[], true])
    }
    expect(isRedOutcome((await runFrom(4, layerOf(stem!))).ledger.outcomes.get(stem!)!)).toBe(false)
    expect([...(await lookUp({}, [stem!], 3)).redLast]).toEqual([])
    await runFrom(4, layerOf(stem!, 1), { reuse: false })
    expect((await lookUp({}, [stem!], 4)).outcomes.size).toBe(0)
  })

  test('a passing failure says nothing of the next run', async () => {
    await enter([[stem!, layerOf(stem!, 3), true]], {}, opened(), 3)
    expect(isRedOutcome((await runFrom(3, layerOf(stem!))).ledger.outcomes.get(stem!)!)).toBe(false)
  })
})

test.each([
  ['crash', true],
  ['deadline', true],
  ['closed', true],
  ['assertion', false],
  ['cycle-budget', false],
  ['no-progress', false],
  ['stop', false],
] as const)('a failure by %s is of the machine: %s', (kind, expected) => {
  expect(isPassing(new SimulationError('x', { kind, top: 't', cycle: 0 }))).toBe(expected)
  expect(isPassing(new Error(kind))).toBe(false)
})

test('an instruction that failed, or whose turn did not come, is red in every element', () => {
  const bench = makeBench()
  const failed = failedOutcome(bench, split!, { message: 'broke', cycle: 9 })
  const elements = bench.golden.get('split')!.length
  expect(partOf(failed)).toMatchObject({
    name: 'split',
    elements,
    mismatches: elements,
    cycles: 9,
    error: 'broke',
  })
  expect(partOf(notRunOutcome(bench, split!, 'x'))).toMatchObject({
    error: 'not run: x',
    notRun: true,
    mismatches: elements,
  })
  const boxes = partOf(notRunOutcome(bench, detect!, 'x'))
  const expected = bench.expectedBoxes!.boxes.length
  expect(boxes).toMatchObject({
    expected,
    actual: 0,
    mismatches: expected + 1,
    error: 'not run: x',
    notRun: true,
  })
  expect([failed, notRunOutcome(bench, detect!, 'x')].map(isRedOutcome)).toEqual([true, true])
  expect(isRedOutcome(boxesOf({ mismatches: 1 }))).toBe(true)
  expect(isRedOutcome(markOutcome(boxesOf(), { unsteady: true }))).toBe(true)
  expect([boxesOf(), layerOf(stem!)].map(isRedOutcome)).toEqual([false, false])
})

describe('a chained run that was red', () => {
  const chain = (mismatches: number, boxes = 0) => ({
    layers: [stem!, split!].map((pc) => partOf(layerOf(pc, pc === split ? mismatches : 0)) as LayerResult),
    boxes: { result: { ...BOXES, mismatches: boxes }, detected: null },
    cycles: 1,
    seconds: 1,
  })
  const bench = () => benchOf({ mode: 'chained' })
  const unsteadyOf = ({ layers, boxes }: Awaited<ReturnType<typeof judgeChain>>) =>
    [...layers, boxes!.result].map(({ unsteady }) => unsteady === true)

  test.each([
    { what: 'a layer', red: chain(3), unsteady: [false, true, false] },
    { what: 'the boxes', red: chain(0, 1), unsteady: [false, false, true] },
    { what: 'both', red: chain(3, 1), unsteady: [false, true, true] },
  ])('stays red where it was: $what', async ({ red, unsteady }) => {
    expect(await judgeChain(bench(), chain(0), opened())).toEqual(chain(0))
    expect(await judgeChain(bench(), red, opened())).toEqual(red)
    expect(unsteadyOf(await judgeChain(bench(), chain(0), opened()))).toEqual(unsteady)
    const seeded = { ...bench(), simulation: { ...bench().simulation, seed: 4 } }
    const golden = new Map(bench().golden).set(
      'pool',
      bench().golden.get('pool')!.slice().fill(0) as Uint8Array,
    )
    const { expectedBoxes } = bench()
    for (const other of [
      { ...bench(), buildKey: 'other RTL' },
      { ...bench(), golden },
      { ...bench(), expectedBoxes: { ...expectedBoxes!, candidates: 999 } },
      seeded,
    ])
      expect(await judgeChain(other, chain(0), opened())).toEqual(chain(0))
    writeFileSync(table, '0')
    expect(await judgeChain(bench(), chain(0), opened())).toEqual(chain(0))
  })

  test('without a store nothing is kept', async () => {
    const options = changeOptions(bench(), { evidence: undefined })
    const plain = { ...bench(), ...options }
    expect(await judgeChain(plain, chain(3), [])).toEqual(chain(3))
    expect(await judgeChain(bench(), chain(0), [])).toEqual(chain(0))
  })
})

test('a list of red layers that cannot be read only costs the order', async () => {
  await writeEvidence(store, evidenceKey(store, 'test', []), { provedAt, value: 1 })
  for (const text of ['{', 'null', '{"a":1}', '[1,"split"]', seal(['split'])]) {
    writeFileSync(join(store.folder, 'red-last.json'), text)
    expect([...(await lookUp()).redLast]).toEqual(text === seal(['split']) ? ['split'] : [])
  }
})
