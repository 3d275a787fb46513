/** What a plan has to know of the options of `assay sim`, which are declared with the commands. */

/** As a person wrote it: a path is relative to the working folder. */
export type OptionValue = string | number | boolean
export type OptionValues = Readonly<Record<string, OptionValue>>

export interface OptionRules {
  /** The declared name of an option. @throws InputError for one that a plan cannot give, with the nearest that it can. */
  readonly nameOf: (key: string) => string
  /** All values that one written value stands for: a folder of images stands for each of them. @throws InputError naming the option. */
  readonly read: (name: string, value: unknown) => readonly OptionValue[]
  /** Seeds that one written value stands for. @throws InputError */
  readonly readSeeds: (value: unknown) => readonly number[]
  /** Options that a run with these does not honour, each with the reason. */
  readonly unhonoured: (values: OptionValues, hasSeeds: boolean) => readonly Unhonoured[]
  /** @throws InputError for options that do not fit together, naming one. */
  readonly check: (values: OptionValues) => void
  /** What names of tests say of a run. */
  readonly describe: (values: OptionValues) => RunDescription
}

export interface Unhonoured {
  readonly name: string
  readonly why: string
}

/** Paths and settings that a run has, given or by default; null: another option stands for it. */
export interface RunDescription {
  readonly model: string
  readonly image: string | null
  /** `w8a8`; null for a frozen set. */
  readonly bits: string | null
  /** `isolated`, `chained` or `module`. */
  readonly mode: string
}
