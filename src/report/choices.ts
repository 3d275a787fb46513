/** This file renders what refinement chose for the weights of each layer, and what distillation gained. */
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
  // Techniques that were given one by one are applied as they are.
  if (layers.length === 0 && heldBack > 0)
    return ['', `Weights were refined on ${images - heldBack} images: no choice was made.`]
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

export interface Learning {
  readonly steps: number
  readonly images: number
  readonly divergence: { readonly before: number; readonly after: number } | null
  readonly kept: boolean
}

/** Renders an empty line and what was learned; nothing where nothing was to learn. */
export function renderLearning(distillation: Learning | null): readonly string[] {
  if (distillation === null) return []
  const { steps, images, divergence, kept } = distillation
  if (divergence === null)
    return ['', 'Nothing was distilled: fewer than four images, so that none was held back to judge by.']
  const { before, after } = divergence
  return [
    '',
    `Scales and biases learned ${steps} steps from the float network on ${images} images.`,
    'Divergence from its scores and boxes on the images that were held back:',
    `${before.toFixed(3)} before, ${after.toFixed(3)} after. Kept: ${kept ? 'what was learned' : 'the refined network'}.`,
  ]
}

const percent = (value: number): string => `${(value * 100).toFixed(1)} %`
