/** This file renders what refinement chose for the weights of each layer. */
import { type Column, renderTable } from './table.ts'

export interface Choice {
  readonly layer: string
  readonly ridge: number | null
  readonly damping: number | null
  readonly nearest: number
  readonly chosen: number
}

export interface Choices {
  readonly images: number
  readonly heldBack: number
  readonly kept: 'chosen' | 'fast'
  readonly outputError: { readonly chosen: number; readonly fast: number } | null
  readonly layers: readonly Choice[]
}

const COLUMNS: readonly Column<Choice>[] = [
  { title: 'weights', align: 'left', value: ({ layer }) => layer, maxWidth: 40 },
  { title: 'ridge', align: 'right', value: ({ ridge }) => (ridge === null ? '-' : String(ridge)) },
  { title: 'damping', align: 'right', value: ({ damping }) => (damping === null ? '-' : String(damping)) },
  { title: 'gain', align: 'right', value: ({ nearest, chosen }) => gain(nearest, chosen) },
]

/** In dB; nothing is gained on an error of zero. */
const gain = (nearest: number, chosen: number): string =>
  chosen > 0 ? `${(10 * Math.log10(nearest / chosen)).toFixed(2)} dB` : nearest > 0 ? 'all' : '0.00 dB'

/** Renders an empty line, a sentence and the table; nothing where there was no choice. */
export function renderChoices(refinement: Choices | null): readonly string[] {
  if (refinement === null) return []
  const { images, heldBack, kept, outputError, layers } = refinement
  if (heldBack === 0)
    return [
      '',
      `Weights were refined on ${images} image${images === 1 ? '' : 's'}, none held back: no choice was made.`,
    ]
  const errors =
    outputError === null
      ? []
      : [
          `Error of the scores and boxes on them: ${percent(outputError.chosen)} with these choices,`,
          `${percent(outputError.fast)} with the weights of --effort fast. Kept: ${kept === 'fast' ? 'the weights of fast' : 'these choices'}.`,
        ]
  return [
    '',
    `Weights were chosen on ${heldBack} of ${images} images, held back from the fit. The gain is on`,
    'these, against nearest codes with bias correction.',
    ...errors,
    '',
    ...renderTable(COLUMNS, layers),
  ]
}

const percent = (value: number): string => `${(value * 100).toFixed(1)} %`
