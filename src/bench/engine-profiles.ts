/** The engine under each built-in profile: how much slower than `assay`, and whether its stages are those of the specification. */
import { ASSAY, PROFILES } from '../arithmetic/built-in.ts'
import { DESIGNS, type Design } from '../arithmetic/designs.ts'
import { registerHook } from '../arithmetic/hooks.ts'
import { factorOf } from '../arithmetic/parameters.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { runStages } from '../arithmetic/run-stages.ts'
import { rangeOf } from '../arithmetic/stages.ts'
import { Engine } from '../golden/engine.ts'
import { createRandom } from '../golden/random.ts'
import { runStagesFast } from '../golden/run-stages-fast.ts'
import { type Bench, type Measurement, median, timeMedian } from './measure.ts'
import { prepareBenchModel } from './model.ts'

const PAIRS = 9
/** Of a profile without a function in TypeScript. */
const LIMIT = 1.5

const HOOKED = 'assay-with-a-hook'

/** `assay`, with its shift as a function of bigints. */
function makeHooked(): Profile {
  const hook = { stage: 'hook', name: 'halfUp', sha256: '0'.repeat(64), bits: 48 } as const
  registerHook(
    hook,
    (v, { shift }) => (shift === 0 ? v : (v + (1n << BigInt(shift - 1))) >> BigInt(shift)),
    import.meta.filename,
  )
  const requantise = ASSAY.requantise.map((one) => (one.stage === 'shift-right' ? hook : one))
  return { ...ASSAY, name: HOOKED, requantise }
}

export const engineProfilesBench: Bench = {
  name: 'engine-profiles',
  run: async (context) => {
    const assay = await prepareBenchModel(context)
    if (assay === null) return []
    const rows: Measurement[] = []
    for (const profile of [...PROFILES.filter((one) => one !== ASSAY), makeHooked()]) {
      const limit = profile.name === HOOKED ? null : LIMIT
      context.log(`engine-profiles ${profile.name} …`)
      const other = (await prepareBenchModel(context, { profile }))!
      const engines = [assay, other].map(({ graph, image }) => ({ engine: Engine.create(graph), image }))
      const ratios: number[] = []
      for (let pair = 0; pair <= PAIRS; pair++) {
        const [first, second] = engines.map(
          ({ engine, image }) =>
            () =>
              engine.run(image),
        )
        const time = await timeMedian(1, first!)
        const ratio = (await timeMedian(1, second!)) / time
        // The first pair compiles.
        if (pair > 0) ratios.push(ratio)
      }
      const ratio = median(ratios)
      rows.push({
        what: `engine, ${profile.name} beside assay`,
        target: limit === null ? null : `${limit}`,
        measured: ratio.toFixed(2),
        met: limit === null ? null : ratio <= limit,
        note: `median ratio of ${PAIRS} pairs, yolov8n at 640x640, one core`,
      })
    }
    return rows
  },
}

const ACCUMULATORS = 10_000_000
const CHANNELS = 1000

export const engineStagesBench: Bench = {
  name: 'engine-stages',
  run: async ({ log }) =>
    DESIGNS.map((design) => {
      log(`engine-stages ${design.name} …`)
      const wrong = countWrong(design)
      return {
        what: `stages of ${design.name} beside the specification`,
        target: 'exact',
        measured: wrong === 0 ? `exact on 10^${Math.log10(ACCUMULATORS)}` : `${wrong} differ`,
        met: wrong === 0,
        note: `${CHANNELS} channels: the whole range, every order of magnitude, and near powers of two`,
      }
    }),
}

/** Accumulators of which the kernel and the specification make different codes. */
function countWrong({ stages: requantise, bits }: Design): number {
  const random = createRandom(1)
  const [low, high] = rangeOf({ bits, signed: true })
  const accs = new BigInt64Array(ACCUMULATORS / CHANNELS)
  let wrong = 0
  for (let channel = 0; channel < CHANNELS; channel++) {
    const factor = factorOf(requantise, 2 ** -(random() % 24) * (0.5 + random() / 2 ** 33))
    const by = { ...factor, zeroPoint: (random() % 256) - 128, codeBits: channel % 4 === 0 ? 16 : 8 }
    for (let i = 0; i < accs.length; i++) {
      const any = (BigInt(random()) << 32n) | BigInt(random())
      const small = BigInt.asIntN(1 + (i % bits), any)
      const power = (i % 2 === 0 ? 1n : -1n) * (1n << BigInt(random() % bits)) + BigInt((random() % 5) - 2)
      const acc = i % 3 === 0 ? BigInt.asIntN(bits, any) : i % 3 === 1 ? small : power
      accs[i] = acc < low ? low : acc > high ? high : acc
    }
    const codes = runStagesFast(requantise, accs, by)
    for (let i = 0; i < accs.length; i++)
      if (codes[i] !== Number(runStages(requantise, accs[i]!, by))) wrong++
  }
  return wrong
}
