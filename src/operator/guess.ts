/** What the words of a name suggest: a property of the layer, or a tensor with an order. */
import type { SentTensor } from './types.ts'

/** What words suggest; the first pattern that fits decides, and null says that the name is of something else. */
type Guesses<Value> = readonly (readonly [pattern: RegExp, value: Value | null])[]

/** Words stand between underscores: `_out_w_`. */
const LAYER_VALUES: Guesses<string> = [
  [/_(code|requant)_max_/, '$requantMax'],
  [/_(max|min|log2|init)_/, null],
  [/_padding_|_pad_(rows|cols|size)_/, '$padding'],
  [/_pad_/, '$padCode'],
  [/_zero_(point_|code_)?$|_zp_/, '$zeroPoint'],
  [/_(table|requant|lut)_(bits|width)_/, '$requantBits'],
  [/_weights?_(bits|width|w)_/, '$weightBits'],
  [/_(activation|act|pixel)_(bits|width|w)_/, '$activationBits'],
  // Widths of a bus, of a counter and the like: the module knows them better.
  [
    /_(data|keep|strb|id|dest|user|addr|address|tag|bus|word|len|ptr|count|counter|axi|axis|wb|mem|ram|fifo|reg|acc|sum)_(.*_)?(w|width|bits|size)_/,
    null,
  ],
  [/_(bits|bytes|enable|en)_$/, null],
  [/_table_|_lut_/, '$hasTable'],
  [/_kernel_|_ksize_/, '$kernel'],
  [/_stride_/, '$stride'],
  [/_filters?_|_out(put)?_ch(annels?|s)?_|_(co|cout|oc)_/, '$outputChannels'],
  [/_channels?_|_in(put)?_ch(s)?_|_(ci|cin|ic)_/, '$inputChannels'],
  [/_out(put)?_(.*_)?(w|width|cols|columns)_|_ow_/, '$outputWidth'],
  [/_out(put)?_(.*_)?(h|height|rows)_|_oh_/, '$outputHeight'],
  [/_(w|width|cols|columns|iw)_/, '$inputWidth'],
  [/_(h|height|rows|ih)_/, '$inputHeight'],
]

const TENSORS: Guesses<{ readonly tensor: SentTensor; readonly order: string }> = [
  [/_(weights?|wgt|coefs?|coeffs?|kernel|filters?)_/, { tensor: 'weights', order: 'o ky kx i' }],
  [/_(params?|parameters?|scales?|quant)_/, { tensor: 'parameters', order: 'o' }],
  [/_bias(es)?_/, { tensor: 'bias', order: 'o' }],
  [/_mult(iplier)?s?_/, { tensor: 'multiplier', order: 'o' }],
  [/_shifts?_/, { tensor: 'shift', order: 'o' }],
  [/_(tables?|lut)_/, { tensor: 'table', order: 'p' }],
  [/_(second|skip|residual|addend)_/, { tensor: 'second', order: 'y x i' }],
]

/** A name without what says its direction: `data_o`, `i_data`. */
export const bareName = (name: string): string =>
  name.replace(/^(i|o)_(?=\w)/i, '').replace(/_(i|o|ni|n)$/i, '')

/** `_in_width_` of `inWidth_i`, `_weights_` of `weights0`. */
export const wordsOf = (name: string): string =>
  `_${bareName(name)
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/\d+(?=_|$)/g, '')
    .toLowerCase()}_`

function guess<Value>(name: string, guesses: Guesses<Value>): Value | null {
  const words = wordsOf(name)
  return guesses.find(([pattern]) => pattern.test(words))?.[1] ?? null
}

/** The property of the layer that a port seems to ask for. */
export const guessValue = (name: string): string | null => guess(name, LAYER_VALUES)

/**
 * The same for parameters. `WIDTH` alone is as often the width of a bus; beside a height it is that of an image.
 *
 * @param others names of all parameters of the module.
 */
export function guessParameter(name: string, others: readonly string[]): string | null {
  const value = guessValue(name)
  if (value !== '$inputWidth' || /_(in|input|image|img|frame|row|line)_/.test(wordsOf(name))) return value
  return others.some((other) => guessValue(other) === '$inputHeight') ? value : null
}

/** The tensor that a stream or memory of this name seems to carry; the input where it says nothing. */
export const guessTensor = (name: string): { readonly tensor: SentTensor; readonly order: string } =>
  guess(name, TENSORS) ?? { tensor: 'input', order: 'y x i' }

export const isStart = (name: string): boolean => /_(start|go|run|launch)_/.test(wordsOf(name))
export const isDone = (name: string): boolean => /_(done|finished|finish|complete|eoc)_/.test(wordsOf(name))
export const isReset = (name: string): boolean => /(rst|reset)/i.test(name)
export const isClock = (name: string): boolean =>
  /(^|_|[a-z])(clk|clock)(_|\d|$)/i.test(name) && !/_(en|ena|enable|gate|sel)_/.test(wordsOf(name))

/** What a module of this name seems to compute. */
export function guessOperator(name: string): 'conv' | 'add' | 'max-pool' | 'upsample' {
  if (/upsampl|resize|nearest/i.test(name)) return 'upsample'
  if (/pool/i.test(name)) return 'max-pool'
  return /(^|_)(add|adder|residual|eltwise)(_|$)/i.test(name) ? 'add' : 'conv'
}
