/** Reports of shards of one small plan, as a run leaves them. */
import { conclude } from '../../src/result/conclusion.ts'
import type { ShardReport } from '../../src/result/merge.ts'
import { planIdentity } from '../../src/result/plan-identity.ts'
import type { Plan, RunHead } from '../../src/result/record.ts'
import { type BoxesResult, isRed, type LayerResult } from '../../src/result/result.ts'

export const makeLayer = (name: string, mismatches = 0): LayerResult => ({
  ...{ name, op: 'conv', shape: [2, 3, 4] as const, elements: 24, mismatches, stray: 0, repeated: 0 },
  ...{ cycles: 100, macs: 10, seconds: 0.5, error: null, kind: null, errorMap: null, histogram: null },
  first: mismatches === 0 ? null : { channel: 0, y: 1, x: 2, expected: 3, actual: 4, cycle: 5 },
})

export const BOXES: BoxesResult = {
  ...{ expected: 2, actual: 2, mismatches: 0, first: null, cycles: 7, seconds: 0.1, candidates: 3 },
  error: null,
}

/** A part as it is after the run of one seed. */
export const withSeed = <Part extends LayerResult | BoxesResult>(part: Part, seed: number): Part => ({
  ...part,
  seeds: { run: [seed], red: isRed(part) ? [seed] : [] },
})

const sha = (digit: string): string => digit.repeat(64)

export const HEAD: RunHead = {
  ...{
    model: 'm.pt',
    modelHash: sha('a'),
    weightBits: 8,
    activationBits: 8,
    mode: 'isolated',
    image: 'i.png',
  },
  network: ['a', 'b'].map((name) => ({ name, op: 'conv', shape: [2, 3, 4] as const, inputs: [] })),
  run: {
    ...{ assay: '1', node: '20', platform: 'linux', verilator: '5', compiler: 'g' },
    ...{ rtlHash: sha('b'), imageHash: sha('c') },
    engine: { inputLanes: 8, outputLanes: 8, pixels: 2, weightBits: 8, activationBits: 8, tableBits: 10 },
    startedAt: '2026-01-01T00:00:00.000Z',
  },
}

export const PLAN: Plan = {
  count: 3,
  settings: {
    simulator: 'verilator',
    seed: 1,
    nms: { confidence: 0.25, iou: 0.7, maxDetections: 300, multiLabel: false },
  },
  plan: [
    { name: 'a', shard: 1, kind: 'layer' },
    { name: 'b', shard: 2, kind: 'layer' },
    { name: 'a>c', shard: 3, kind: 'layer' },
    { name: 'head', shard: 2, kind: 'boxes' },
  ],
}

export const SEEDED: Plan = {
  ...PLAN,
  count: 2,
  plan: [1, 2].flatMap((seed) => [
    { name: 'a', shard: seed, kind: 'layer' as const, seed },
    { name: 'head', shard: seed, kind: 'boxes' as const, seed },
  ]),
}

export function makeReport(
  index: number,
  layers: readonly LayerResult[],
  boxes: BoxesResult | null = null,
  plan: Plan = PLAN,
  head: RunHead = HEAD,
): ShardReport {
  const concluded =
    layers.length === 0 && boxes === null
      ? {
          ...conclude({ layers: [makeLayer('z', 1)], boxes: null }, 0),
          counts: NONE,
          verdict: 'mismatch' as const,
        }
      : conclude({ layers, boxes }, index)
  return {
    path: `shard-${index}`,
    result: {
      ...head,
      ...concluded,
      ...{ layers, boxes, replay: null, waveform: null, pictures: [] },
      shard: { ...plan, index, inputs: planIdentity(head, plan) },
    },
  }
}

const NONE = { exact: 0, before: 0, differs: 0, failed: 0, unsteady: 0, notRun: 0 }
