/** These types are the JSON data of the page's script: finished texts to show and numbers to draw. */
import type { CodeHistogram, ErrorMap } from '../../diff/error-map.ts'
import type { Shape } from '../../graph/types.ts'

export interface PageData {
  readonly layers: readonly LayerData[]
  readonly detect: DetectData | null
  /** How many codes an activation has, unless its histogram says. */
  readonly codes: number
}

export interface LayerData {
  readonly name: string
  /** The verdict with its sign: `✓ exact`. */
  readonly verdict: string
  readonly op: string
  readonly shape: Shape
  readonly elements: number
  readonly mismatches: number
  readonly stray: number
  readonly repeated: number
  readonly cycles: number
  readonly macs: number
  /** Share of the multipliers that had work, 0 to 1. */
  readonly used: number | null
  readonly error: string | null
  /** Where the first wrong element is, and what it is. */
  readonly first: string | null
  readonly kind: { readonly title: string; readonly evidence: string } | null
  readonly map: ErrorMap | null
  readonly histogram: CodeHistogram | null
}

export interface DetectData {
  readonly name: string
  readonly verdict: string
  readonly text: string
  readonly candidates: number
  readonly expected: number
  readonly actual: number
  readonly cycles: number
}
