/** What a convolution reads: another tensor, another code around it, another place, or not all of it. */
import { codeOffset, paddingCode } from '../../golden/code-range.ts'
import type { CodeTensor } from '../../golden/codes.ts'
import { sumWeights } from '../../golden/weight-sums.ts'
import { convolveChanged, ownRow, type RowOf } from './convolve-changed.ts'
import { type Convolved, type Hypothesis, listStale, type Surroundings } from './hypothesis.ts'
import { embed, layInWords, movedRow, type Words } from './lanes.ts'
import { listReadings } from './readings.ts'

export function listInputHypotheses(own: Convolved, around: Surroundings): readonly Hypothesis[] {
  const words = layInWords(own.node, around)
  return [
    ...paddings(own),
    ...shifted(own),
    ...missing({ ...own, node: words.node }, words),
    ...stale(own, around),
    ...numbers(own),
    ...transposed(own),
    ...listReadings(own, around),
  ]
}

/** Every other code outside of the tensor, the likely ones first. */
function paddings(own: Convolved): readonly Hypothesis[] {
  const { node, input, profile } = own
  const right = paddingCode(profile, input.quant)
  const last = 2 ** input.quant.bits - 1
  if (node.padding === 0 || input.quant.bits > 8) return []
  const offset = codeOffset(profile, input.quant.bits)
  const named: readonly (readonly [id: string, code: number])[] = [
    ['padding-zero-point', input.quant.zeroPoint],
    ['padding-zero', offset],
    ['padding-inverted', last - right],
    ['padding-code+1', right + 1],
    ['padding-code-1', right - 1],
    ['padding-least', 0],
    ['padding-greatest', last],
    ['padding-output-zero-point', node.quant.zeroPoint],
    ['padding-requant-zero-point', node.requantZeroPoint],
  ]
  const all = [...named, ...Array.from({ length: last + 1 }, (_, code) => ['padding-code', code] as const)]
  const seen = new Set([right])
  return all.flatMap(([id, code]): readonly Hypothesis[] => {
    if (seen.has(code) || code < 0 || code > last) return []
    seen.add(code)
    const codes = { ...profile.codes, padding: 'zero-point' as const }
    const quant = { ...input.quant, zeroPoint: code }
    const says = `padding with code ${code - offset} instead of ${right - offset}`
    return [
      {
        ...{ id, says, change: 'border' },
        predict: () => convolveChanged({ node, input: { ...input, quant }, profile: { ...profile, codes } }),
      },
    ]
  })
}

/** Every tap a row or a column further, or less far: the phase of the stride, or the padding of one side. */
function shifted(own: Convolved): readonly Hypothesis[] {
  const { node } = own
  const wide = node.kernel + 2
  const size = node.inChannels * wide * wide
  const rowOf = ownRow(node)
  const places = [-1, 0, 1].flatMap((y) => [-1, 0, 1].map((x) => [y, x] as const))
  const sideways = (step: number, back: string, forward: string): readonly string[] =>
    step === 0 ? [] : [step < 0 ? back : forward]
  return places.flatMap(([y, x]): readonly Hypothesis[] => {
    if (y === 0 && x === 0) return []
    const where = [...sideways(y, 'up', 'down'), ...sideways(x, 'left', 'right')]
    const rows: RowOf = (channel) =>
      embed(rowOf(channel), node.kernel, new Int16Array(size), wide, 1 + y, 1 + x)
    return [
      {
        ...{ id: `taps-${where.join('-')}`, change: 'input' },
        says: `the input one pixel further ${where.join(' and ')}`,
        predict: () =>
          convolveChanged({ ...own, node: { ...node, kernel: wide, padding: node.padding + 1 } }, rows),
      },
    ]
  })
}

/** Products that are not added, or twice. */
function missing(own: Convolved, words: Words): readonly Hypothesis[] {
  const { kernel } = own.node
  const { steps, blocks, inputLanes } = words
  const taps = steps / blocks
  const made = (
    id: string,
    says: string,
    isLeftOut: (step: number, lane: number) => boolean,
  ): Hypothesis => ({
    ...{ id, says, change: 'input' },
    predict: () =>
      convolveChanged(
        own,
        movedRow(words, (step, lane) => (isLeftOut(step, lane) ? null : [step, lane])),
      ),
  })
  const twice = (id: string, says: string, at: number): Hypothesis => ({
    ...{ id, says, change: 'input' },
    predict: () => {
      const once = movedRow(words, (step, lane) => (step === at ? [step, lane] : null))
      const rowOf = ownRow(words.node)
      return convolveChanged(own, (channel) => {
        const again = once(channel)
        return Int16Array.from(rowOf(channel), (w, i) => w + again[i]!)
      })
    },
  })
  const last = steps - 1
  return [
    ...(steps === 1
      ? []
      : [
          made('no-first-beat', `no first beat: ${inputLanes} products are not added`, (step) => step === 0),
          made('no-last-beat', `no last beat: ${inputLanes} products are not added`, (step) => step === last),
          twice('first-beat-twice', 'the first beat twice', 0),
          twice('last-beat-twice', 'the last beat twice', last),
        ]),
    ...(steps < 3
      ? []
      : [
          made('only-first-beat', 'the products of the first beat alone', (step) => step !== 0),
          made('only-last-beat', 'the products of the last beat alone', (step) => step !== last),
        ]),
    ...(blocks === 1
      ? []
      : [
          made(
            'no-first-group',
            `no products of the first ${inputLanes} input channels`,
            (step) => step % blocks === 0,
          ),
          made(
            'no-last-group',
            'no products of the last group of input channels',
            (step) => step % blocks === blocks - 1,
          ),
        ]),
    ...(taps === 1 ? [] : Array.from({ length: taps }, (_, tap) => tap)).map((tap) => {
      const side = Math.sqrt(taps)
      const [y, x] = [Math.floor(tap / side), tap % side]
      const what = side === kernel ? `tap (${y}, ${x})` : `word (${y}, ${x})`
      return made(
        `no-tap-${y}-${x}`,
        `no ${what} of the kernel (ky, kx)`,
        (step) => Math.floor(step / blocks) === tap,
      )
    }),
    ...[2, 4, 8, 16]
      .filter((few) => few < inputLanes)
      .flatMap((few) => [
        made(
          `no-first-${few}-lanes`,
          `no products of the first ${few} input lanes of ${inputLanes}`,
          (_, own) => own < few,
        ),
        made(
          `no-last-${few}-lanes`,
          `no products of the last ${few} input lanes of ${inputLanes}`,
          (_, own) => own >= inputLanes - few,
        ),
      ]),
    ...Array.from({ length: inputLanes }, (_, lane) =>
      made(
        `no-input-lane-${lane}`,
        `no products of input lane ${lane} of ${inputLanes}`,
        (_, own) => own === lane,
      ),
    ),
  ]
}

/** Another tensor of the same size. */
const stale = (own: Convolved, around: Surroundings): readonly Hypothesis[] =>
  listStale(own.input, around).map(({ name, codes }) => ({
    ...{ id: 'stale-input', change: 'input', says: `${name} as the input` },
    predict: () => convolveChanged({ ...own, input: { ...own.input, codes } }),
  }))

/** The same bits as other numbers. */
function numbers(own: Convolved): readonly Hypothesis[] {
  const { node, input, profile } = own
  const { bits, zeroPoint } = input.quant
  const top = 2 ** (bits - 1)
  const to = profile.codes.signed ? 'unsigned' : 'signed'
  const by = profile.codes.signed ? 1 : -1
  const made = (
    id: string,
    says: string,
    change: Hypothesis['change'],
    read: () => Partial<Convolved>,
  ): Hypothesis => ({
    ...{ id, says, change },
    predict: () => convolveChanged({ ...own, ...read() }),
  })
  return [
    // A code with its top bit inverted is by half of all codes another: what its weights make of that, the bias takes back.
    made(`input-${to}`, `the input's codes as ${to}`, 'sign', () => ({
      node: { ...node, bias: node.bias.map((bias, channel) => bias + by * top * sumWeights(node, channel)) },
      input: {
        ...input,
        codes: input.codes.map((code) => code ^ top) as CodeTensor['codes'],
        quant: { ...input.quant, zeroPoint: zeroPoint ^ top },
      },
    })),
    made('no-input', 'an input of zeros', 'input', () => ({
      input: {
        ...input,
        codes: input.codes.map(() => codeOffset(profile, bits)) as CodeTensor['codes'],
      },
    })),
  ]
}

/** Rows for columns. */
function transposed(own: Convolved): readonly Hypothesis[] {
  const { input } = own
  const [, height, width] = input.shape
  if (height !== width) return []
  const plane = height * width
  const from = (index: number): number => {
    const at = index % plane
    return index - at + (at % width) * width + Math.floor(at / width)
  }
  return [
    {
      ...{ id: 'input-transposed', change: 'input', says: 'the input with rows and columns exchanged' },
      predict: () => {
        const codes = input.codes.map((_, index) => input.codes[from(index)]!) as CodeTensor['codes']
        return convolveChanged({ ...own, input: { ...input, codes } })
      },
    },
  ]
}
