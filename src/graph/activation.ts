/** The activations of convolutions. */

/**
 * `leaky-relu` has a slope for negative values. Formulas are those of PyTorch's modules SiLU, ReLU, ReLU6, LeakyReLU and Hardswish.
 */
export const ACTIVATIONS = ['none', 'silu', 'hard-swish', 'relu', 'relu6', 'leaky-relu'] as const
export type Activation = (typeof ACTIVATIONS)[number]

export interface Activated {
  readonly activation: Activation
  /** Of `leaky-relu` below zero. */
  readonly slope?: number | undefined
}

export const silu = (x: number): number => x / (1 + Math.exp(-x))
const hardSwish = (x: number): number => (x * Math.min(6, Math.max(0, x + 3))) / 6

/** The function of a convolution's sums; null where there is none. */
export function activationOf({ activation, slope = 0 }: Activated): ((x: number) => number) | null {
  switch (activation) {
    case 'none':
      return null
    case 'silu':
      return silu
    case 'hard-swish':
      return hardSwish
    case 'relu':
      return (x) => Math.max(0, x)
    case 'relu6':
      return (x) => Math.min(6, Math.max(0, x))
    case 'leaky-relu':
      return (x) => (x < 0 ? slope * x : x)
  }
}

/** Straight on both sides of zero, so that hardware can compute it without a table. */
export const isRectified = ({ activation }: Activated): boolean =>
  activation === 'relu' || activation === 'relu6' || activation === 'leaky-relu'

/** Where an activation that falls and then rises is least, and its value there. */
const LOWEST: Partial<Record<Activation, { readonly at: number; readonly value: number }>> = {
  silu: { at: -1.278464542761074, value: -0.278464542761074 },
  'hard-swish': { at: -1.5, value: -0.375 },
}

export interface Extremes {
  readonly min: number
  readonly max: number
}

/** Extremes behind the activation, of values that reach from `min` to `max`. */
export function extremesBehind(node: Activated, { min, max }: Extremes): Extremes {
  const apply = activationOf(node)
  if (apply === null) return { min, max }
  const [a, b] = [apply(min), apply(max)]
  const lowest = LOWEST[node.activation]
  const least = lowest !== undefined && min <= lowest.at && max >= lowest.at ? lowest.value : Math.min(a, b)
  return { min: least, max: Math.max(a, b) }
}
