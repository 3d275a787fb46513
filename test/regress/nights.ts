/** Nights made by hand, of any size. */
import { createHash } from 'node:crypto'
import type { EntryFault, Night, NightEntry } from '../../src/regress/night.ts'

export interface NightShape {
  readonly images?: number
  readonly bits?: readonly number[]
  readonly modes?: readonly string[]
  /** None: runs without seeds. */
  readonly seeds?: number
  /** What came of an entry; by default it is exact. */
  readonly fate?: (entry: NightEntry) => Partial<NightEntry>
  /** What else of the night is given. */
  readonly own?: Partial<Night>
}

export const sha = (text: string): string => createHash('sha256').update(text).digest('hex')

export const ORIGIN = {
  ...{ commit: 'c'.repeat(40), dirty: false, folder: '', host: 'build-7' },
  command: ['regress', 'plan.yaml'],
}

/** Cycles of the layers of every design, in the order of the network. */
export const CYCLES = { 'model.0': 1000, 'model.1': 500, 'model.2': 2000, q_NMS: 300 }

export const fault = (own: Partial<EntryFault> = {}): EntryFault => ({
  ...{ layer: 'model.1', kind: 'rounding', mismatches: 3, elements: 24, red: 1 },
  message:
    'model.1 c0 y1 x2: expected 12, received 13 at cycle 84 of the run; 3 of 24 differ\nLooks like off by one: rounding. All 3 are off by one.',
  ...own,
})

/** Every combination, images first, seeds last. */
export function makeNight(shape: NightShape = {}): Night {
  const { images = 2, bits = [8], modes = ['isolated'], seeds = 0, fate = () => ({}), own = {} } = shape
  const designs = bits.flatMap((bits) => modes.map((mode) => ({ bits: String(bits), mode })))
  const entries: NightEntry[] = []
  const runs: Night['runs'][number][] = []
  for (let image = 0; image < images; image++)
    for (const [design, axes] of designs.entries()) {
      const path = `images/${String(image).padStart(6, '0')}.png`
      const run = runs.length
      const words = ['--image', path, '--bits', axes.bits, '--mode', axes.mode]
      runs.push({
        id: sha(`${path} ${design}`).slice(0, 12),
        words: seeds === 0 ? words : [...words, '--seeds', `1..${seeds}`],
        folder: '',
        design,
        ended: 'ran',
        error: null,
        exitCode: 0,
        ...{ imageHash: sha(path), modelHash: sha('model'), rtlHash: sha('rtl') },
        ...{ host: 'build-7', startedAt: '2026-07-01T12:00:00.000Z', waveform: null },
        ...{ seconds: 2, buildSeconds: 0.5, simSeconds: 1 },
      })
      for (let seed = 1; seed <= Math.max(1, seeds); seed++) {
        const seeded: Readonly<Record<string, string>> = seeds === 0 ? {} : { seed: String(seed) }
        const entry: NightEntry = {
          name: [
            path,
            `W${axes.bits}A${axes.bits}`,
            axes.mode,
            ...(seeds === 0 ? [] : [`seed ${seed}`]),
          ].join(' '),
          axes: { image: path, ...axes, ...seeded },
          ...{ run, seed: seeds === 0 ? null : seed, status: 'exact', fault: null },
        }
        entries.push({ ...entry, ...fate(entry) })
      }
    }
  const isOfRtl = entries.some(({ status }) => ['differs', 'failed', 'unsteady'].includes(status))
  const isBroken = entries.some(({ status }) => ['error', 'late', 'notRun'].includes(status))
  return {
    ...{ format: 'assay night', version: 1, name: 'nightly' },
    plan: { file: 'plan.yaml', identity: sha(JSON.stringify([images, bits, modes, seeds])) },
    ...{ assay: '0.1.0', node: 'v20.19.0', verilator: 'Verilator 5.006', origin: ORIGIN },
    ...{ startedAt: '2026-07-01T12:00:00.000Z', seconds: 60 },
    verdict: isOfRtl ? 'mismatch' : isBroken ? 'broken' : 'exact',
    ...{ entries, runs },
    designs: designs.map(({ bits, mode }) => ({
      name: `shapes W${bits}A${bits} ${mode}`,
      ...{ cycles: CYCLES, exercised: { rounding: 3, saturation: 2 } },
    })),
    ...own,
  }
}
