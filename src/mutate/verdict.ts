/** A mutant that a test caught. */
export interface Verdict {
  readonly mutant: number
  /** Full name of the test. */
  readonly test: string
  /** First line of its failure. */
  readonly reason: string
}
