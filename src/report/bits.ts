/** This file renders what a search of activation bits found. */
import { wrap } from './table.ts'

export interface FoundBits {
  readonly images: number
  readonly budget: number
  readonly mean: number
  readonly outputError: { readonly before: number; readonly after: number }
  readonly overrides: Readonly<Record<string, { readonly activationBits?: number | undefined }>>
}

/** Renders an empty line and sentences of at most 80 columns; nothing where there was no search. */
export function renderBits(found: FoundBits | null): readonly string[] {
  if (found === null) return []
  const { images, budget, mean, outputError, overrides } = found
  const groups = Object.values(overrides).flatMap(({ activationBits }) => activationBits ?? [])
  const counts = new Map<number, number>()
  for (const bits of groups.toSorted((a, b) => a - b)) counts.set(bits, (counts.get(bits) ?? 0) + 1)
  const widths = [...counts].map(([bits, count]) => `${count} of ${bits} bits`).join(', ')
  return [
    '',
    ...wrap(
      `Activation bits were searched on ${images} image${images === 1 ? '' : 's'} for a mean of ${budget} per stored code, and have one of ${mean.toFixed(3)}: scales ${widths}. Error of the scores and boxes: ${percent(outputError.before)} before, ${percent(outputError.after)} after, both with unrefined weights of 8 bits.`,
    ),
  ]
}

const percent = (value: number): string => `${(value * 100).toFixed(1)} %`
