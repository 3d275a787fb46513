/**
 * Kinds of run, and the options that each honours. A run can be of several kinds at once (on a frozen set, chained, under Icarus), and
 * each kind must honour every option that was given. An option that a kind does not list is refused by name, so a new option is refused
 * until it is listed.
 */

/** By declared name, as `options/check-value.ts` parsed them. */
export type Values = Readonly<Record<string, unknown>>

export interface RunKind {
  /** The kind, as a sentence names it. */
  readonly what: string
  readonly applies: (args: Values) => boolean
  /** `waveform=false` lists one value alone: a kind without waveforms honours `--no-waveform`. */
  readonly honours: readonly string[]
  /** Why it honours no other options. */
  readonly why: string
}

export const NETWORK = ['model', 'size', 'names', 'config']
export const BITS = ['bits', 'weight-bits', 'activation-bits', 'end-bits', 'activation-budget']
/** What decides the folder of a run. */
export const QUANTISATION = [
  ...BITS,
  'profile',
  'table-bits',
  'observer',
  'effort',
  'techniques',
  'overrides',
  'scope',
]
const CALIBRATION = [...QUANTISATION, 'calibration', 'calibration-images']
export const OUTPUT = ['out', 'cache', 'json', 'quiet']
const QUANTISED = [...NETWORK, ...CALIBRATION, ...OUTPUT]
export const ON_IMAGE = [...QUANTISED, 'image']
export const Q_NMS = ['confidence', 'iou', 'multi-label']

/** All options of a command. */
export const all = (what: string, honours: readonly string[]): RunKind => ({
  what,
  applies: () => true,
  honours,
  why: 'it does not use it',
})

/** An image stands in for a calibration folder if the user's own model has none, and has no other use. */
export const withoutImage = (honours: readonly string[]): RunKind => ({
  what: 'a command that runs no image',
  applies: ({ calibration, model }) => calibration !== undefined || model === undefined,
  honours: without(honours, 'image'),
  why: 'it gives ranges only if your own model has no --calibration',
})

export const without = (honours: readonly string[], ...names: readonly string[]): readonly string[] =>
  honours.filter((name) => !names.includes(name))
