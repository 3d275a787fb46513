/** One output element, worked out by hand: what `assay explain` prints and writes. */

export interface ElementPosition {
  readonly channel: number
  readonly y: number
  readonly x: number
}

export type Cell = number | string | null

/** A step from the last row to the output: `B + Σ` is `-12 + 3401` is 3389. */
export interface ResultStep {
  readonly name: string
  /** With the numbers in it. */
  readonly formula: string
  /** As its digits where it is beyond 2^53. */
  readonly value: number | string
  /** What the value stands for; null if it stands for nothing. */
  readonly real: number | null
}

export interface Explanation {
  readonly layer: string
  readonly op: string
  /** Clauses of docs/arithmetic.md. */
  readonly clauses: string
  readonly at: ElementPosition
  readonly columns: readonly string[]
  /** In the order in which the hardware works. */
  readonly rows: readonly (readonly Cell[])[]
  readonly result: readonly ResultStep[]
  /** The code is the hardware's own. */
  readonly output: { readonly code: number; readonly real: number }
}

/** Beyond `name`, one product of a convolution. */
export interface Product {
  /** Cycle of the accumulation: tap by tap, input block by input block. */
  readonly beat: number
  /** Input lane within the beat. */
  readonly lane: number
  readonly ky: number
  readonly kx: number
  readonly channel: number
  /** Position in the input, outside it where the tap lies in the padding. */
  readonly y: number
  readonly x: number
  readonly isPadding: boolean
  /** The hardware's own, below 0 where it is signed. */
  readonly code: number
  readonly weight: number
  /** As it is added: shifted where the profile shifts products. */
  readonly product: number
  /** Σ of the products up to here; the bias is added after the last, or before the first where a profile saturates each sum. */
  readonly sum: number
  readonly realCode: number
  readonly realWeight: number
  readonly realProduct: number
  readonly realSum: number
}
