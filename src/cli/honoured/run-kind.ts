/**
 * Kinds of run, and the options that each honours. A run is of several kinds at once (on a frozen set, chained, under Icarus), and each
 * kind must honour every option that was given; an option that is not listed for a kind is refused there, by name. So a new option is
 * refused until it is listed.
 */

/** By declared name, as `options/check-value.ts` parsed them. */
export type Values = Readonly<Record<string, unknown>>

export interface RunKind {
  /** As a sentence names it. */
  readonly what: string
  readonly applies: (args: Values) => boolean
  /** `waveform=false` lists one value alone: a kind without waveforms honours `--no-waveform`. */
  readonly honours: readonly string[]
  /** Why it honours no others. */
  readonly why: string
}

export const NETWORK = ['model', 'size', 'names', 'config']
export const BITS = ['bits', 'weight-bits', 'activation-bits']
const CALIBRATION = [
  ...BITS,
  'table-bits',
  'observer',
  'effort',
  'techniques',
  'overrides',
  'scope',
  'calibration',
  'calibration-images',
]
export const OUTPUT = ['out', 'cache', 'json', 'quiet']
export const QUANTISED = [...NETWORK, ...CALIBRATION, ...OUTPUT]
export const ON_IMAGE = [...QUANTISED, 'image']
export const Q_NMS = ['confidence', 'iou', 'multi-label']

/** All options of a command. */
export const all = (what: string, honours: readonly string[]): RunKind => ({
  what,
  applies: () => true,
  honours,
  why: 'it has no use for it',
})

/** An image stands in for a calibration folder where a model of one's own has none, and is of no other use. */
export const withoutImage = (honours: readonly string[]): RunKind => ({
  what: 'a command that runs no image',
  applies: ({ calibration, model }) => calibration !== undefined || model === undefined,
  honours: without(honours, 'image'),
  why: 'ranges are taken from it only where a model of your own has no --calibration',
})

export const without = (honours: readonly string[], ...names: readonly string[]): readonly string[] =>
  honours.filter((name) => !names.includes(name))
