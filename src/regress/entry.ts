/** What a plan asks for, once it is expanded: entries, and the runs of `assay sim` that they are part of. */

/** One test: a point of the matrix. */
export interface PlannedEntry {
  /** Unique in the plan. */
  readonly name: string
  /** By option of `assay sim`, as text; `seed` is one number. */
  readonly axes: Readonly<Record<string, string>>
  /** Index of its run. */
  readonly run: number
  readonly seed: number | null
}

/** One run of `assay sim`: entries that differ in nothing but their seed share it. */
export interface PlannedSim {
  /** First 12 digits of the SHA-256 of its words and folder. */
  readonly id: string
  /** Arguments of `assay sim`, without where results go. */
  readonly words: readonly string[]
  /** Index of its design: everything but image and seeds. */
  readonly design: number
}

/** A plan, expanded. */
export interface ExpandedPlan {
  readonly name: string
  readonly file: string
  /** SHA-256 over all entries and runs. */
  readonly identity: string
  readonly entries: readonly PlannedEntry[]
  readonly runs: readonly PlannedSim[]
  /** Names of the designs. */
  readonly designs: readonly string[]
  readonly limits: { readonly runSeconds: number | null; readonly totalSeconds: number | null }
}
