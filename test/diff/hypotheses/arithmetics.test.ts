/** A red convolution whose every element is exact under another arithmetic: it has a name, and what is nearly so has none. */
import { describe, expect, test } from 'vitest'
import { PROFILES } from '../../../src/arithmetic/built-in.ts'
import { factorOf } from '../../../src/arithmetic/parameters.ts'
import type { Profile } from '../../../src/arithmetic/profile.ts'
import type { Rounding } from '../../../src/arithmetic/stages.ts'
import { classifyFault } from '../../../src/diff/classify.ts'
import { listOtherSums, withFactors } from '../../../src/diff/hypotheses/arithmetics.ts'
import { listHypotheses } from '../../../src/diff/hypotheses/list.ts'
import { accumulate } from '../../../src/golden/accumulate.ts'
import { codeOffset } from '../../../src/golden/code-range.ts'
import type { CodeTensor } from '../../../src/golden/codes.ts'
import { convolve } from '../../../src/golden/conv.ts'
import type { Codes, IntegerConv } from '../../../src/golden/types.ts'
import { createRandom } from '../../golden/random.ts'

const profileOf = (name: string): Profile => PROFILES.find((one) => one.name === name)!
const SHAPE = [8, 12, 10] as const

interface Made {
  readonly table?: boolean
  readonly factor?: number
  /** Largest weight. */
  readonly most?: number
  /** Without: 1. */
  readonly padding?: 0 | 1
}

/** Codes of all values, and a layer whose sums reach beyond 18 bits. */
function makeLayer(
  profile: Profile,
  { table = false, factor = 2 ** -11, most = 127, padding = 1 }: Made,
): { node: IntegerConv; input: CodeTensor } {
  const random = createRandom(7)
  const { signed, zeroPoint } = profile.codes
  const zero = zeroPoint === 'tensor' ? 120 : zeroPoint + (signed ? 128 : 0)
  const quant = { scale: 1, zeroPoint: zero, bits: 8 }
  const codes = Uint8Array.from({ length: 16 * 12 * 10 }, () => random.integer(0, 255))
  const factors = Array.from({ length: SHAPE[0] }, () => factorOf(profile.requantise, factor))
  const weight = Int8Array.from({ length: SHAPE[0] * 16 * 9 }, () => random.integer(-most, most))
  const node = {
    ...{ op: 'conv', name: 'conv', inputs: ['images'], shape: SHAPE, quant, inChannels: 16, kernel: 3 },
    ...{ stride: 1, padding, weightBits: 8, weight, requantZeroPoint: zero, requantBits: 8 },
    ...{ requantScale: 1, weightScale: new Float64Array(SHAPE[0]).fill(1) },
    bias: Int32Array.from({ length: SHAPE[0] }, () => random.integer(-2000, 2000)),
    multiplier: Uint32Array.from(factors, ({ multiplier }) => multiplier),
    shift: Int8Array.from(factors, ({ shift }) => shift),
    factor: Float32Array.from(factors, ({ scale }) => scale),
    // Another code for each index.
    table: table ? Uint8Array.from({ length: 256 }, (_, index) => (index * 77 + 5) % 256) : null,
  } satisfies Record<keyof Omit<IntegerConv, 'activation' | 'rectified'>, unknown> as unknown as IntegerConv
  return { node, input: { codes, shape: [16, 12, 10], quant } }
}

/** Sums of which many are halves. */
const TIES: Made = { most: 2, factor: 2 ** -5 }

const withRounding = (profile: Profile, rounding: Rounding): Profile => ({
  ...profile,
  requantise: profile.requantise.map((stage) =>
    stage.stage === 'shift-right' ? { ...stage, rounding } : stage,
  ),
})
const wrapping = (profile: Profile): Profile => ({
  ...profile,
  requantise: profile.requantise.map((stage) =>
    stage.stage === 'narrow' ? { ...stage, overflow: 'wrap' } : stage,
  ),
})
const narrowed = (profile: Profile, bits: number): Profile => ({
  ...profile,
  accumulator: { bits, overflow: 'wrap', at: 'product' },
})

function classify(profile: Profile, wrong: Profile, made: Made = {}, change = (codes: Codes) => codes) {
  const { node, input } = makeLayer(profile, made)
  const actual = change(convolve(node, input, wrong))
  return classifyFault(convolve(node, input, profile), actual, SHAPE, 8, {
    profile,
    table: node.table,
    layer: { node, inputs: [input] },
  })
}

test('the layer of these tests has sums of more than 18 bits, and of no more than 22', () => {
  const profile = profileOf('power-of-two-round')
  const { node, input } = makeLayer(profile, {})
  const sums = Array.from({ length: 120 }, (_, i) =>
    accumulate(node, input, { channel: 2, y: Math.floor(i / 10), x: i % 10 }, profile),
  )
  const largest = Math.max(...sums.map(Math.abs))
  expect(largest).toBeGreaterThan(2 ** 17)
  expect(largest).toBeLessThan(2 ** 21)
})

describe.each(['assay', 'power-of-two-round', 'nvdla', 'tflite'])('under %s', (name) => {
  const profile = profileOf(name)
  test.each([false, true])('truncation is named (with a table: %s)', (table) => {
    const kind = classify(profile, withRounding(profile, 'floor'), { table })
    expect(kind?.name).toBe('arithmetic')
    expect(kind?.evidence).toContain(
      `all 960 elements are explained completely by: ${name} with rounding floor instead of`,
    )
    expect(kind?.evidence).toContain('the RTL truncates (an arithmetic shift)')
  })

  test('half to even is named', () => {
    const kind = classify(profile, withRounding(profile, 'half-to-even'), TIES)
    expect(kind?.name).toBe('arithmetic')
    expect(kind?.evidence).toContain(`${name} with rounding half-to-even`)
  })

  test('a code that wraps is named', () => {
    const kind = classify(profile, wrapping(profile), { factor: 2 ** -9 })
    expect(kind?.name).toBe('arithmetic')
    expect(kind?.evidence).toMatch(/where a value that does not fit a code wraps instead of saturating/)
  })

  test('an accumulator of 18 bits is named', () => {
    const kind = classify(profile, narrowed(profile, 18))
    expect(kind?.name).toBe('arithmetic')
    expect(kind?.evidence).toContain('with an accumulator of 18 bits that wraps')
    expect(kind?.evidence).toContain(`has 18 bits, the profile ${profile.accumulator.bits}`)
  })

  test('one element that another arithmetic does not give takes the name away', () => {
    const kind = classify(profile, withRounding(profile, 'floor'), {}, (codes) => {
      const changed = codes.slice() as Codes
      changed[959] = (changed[959]! + 40) % 256
      return changed
    })
    expect(kind?.name).not.toBe('arithmetic')
  })
})

/** Sums that go beyond 16 and 18 bits on their way, and seldom at their end. */
const saturating = (profile: Profile, bits: number): Profile => ({
  ...profile,
  accumulator: { bits, overflow: 'saturate', at: 'product' },
})

describe.each(['assay', 'tflite'])('under %s', (name) => {
  const profile = profileOf(name)
  test.each([16, 18])('an accumulator of %i bits that saturates at each product is named', (bits) => {
    const kind = classify(profile, saturating(profile, bits))
    expect(kind?.name).toBe('arithmetic')
    expect(kind?.evidence).toContain(`with an accumulator of ${bits} bits that saturates at each product`)
  })

  test('padding with code 0 instead of the zero point is named, and the other way round', () => {
    const padding = 'zero-code'
    const other: Profile = { ...profile, codes: { ...profile.codes, padding } }
    expect(classify(profile, other)?.cause?.id).toBe('padding-zero')
    expect(classify(other, profile)?.cause?.id).toBe('padding-zero-point')
  })

  test('accumulators are only those that the layer could show', () => {
    const idsOf = (made: Made, own = profile): string => {
      const { node, input } = makeLayer(own, made)
      return listOtherSums({ node, input, profile: own })
        .map(({ id }) => id)
        .join('\n')
    }
    const each = /(?<=accumulator-)\d+(?=-saturates-each)/g
    expect(idsOf({}).match(each)).toEqual(['20', '18', '16'])
    // 144 products of 2 · 255 at most, and a bias: 18 bits.
    expect(idsOf({ most: 2 })).not.toMatch(/(18|20)-saturates-each/)
    expect(idsOf({}, saturating(profile, 18))).not.toMatch(/(18|20)-saturates-each/)
  })

  test('padding is none where a layer has none', () => {
    const { node, input } = makeLayer(profile, { padding: 0 })
    const codes = new Uint8Array(node.bias.length * 120)
    const around = { profile, inputLanes: 8, outputLanes: 8, pixels: 4, convolutions: [], others: [] }
    const all = listHypotheses(
      { node, inputs: [input] },
      { expected: codes, shape: SHAPE, maxCode: 255 },
      around,
    )
    expect(all.filter(({ id }) => id.startsWith('padding'))).toEqual([])
  })
})

test('a profile by its name, which truncates', () => {
  const profile = profileOf('power-of-two-round')
  const kind = classify(profile, profileOf('power-of-two-floor'))
  expect(kind?.evidence).toContain(', or by: power-of-two-floor: ')
})

test('another profile, with the factors of the layer', () => {
  const profile = profileOf('power-of-two-round')
  const kind = classify(profile, withRounding(profile, 'half-away'), TIES)
  expect(kind?.evidence).toContain('power-of-two-round with rounding half-away')
  // It multiplies by a power of two, which is to shift.
  expect(kind?.evidence).toContain(', or by: nvdla: ')
})

test('channels of unlike factors have one s where the other profile shares it', () => {
  const { node } = makeLayer(profileOf('assay'), {})
  const unlike = { ...node, shift: node.shift.map((shift, channel) => shift + (channel % 3)) }
  const { multiplier, shift } = withFactors(profileOf('assay'), unlike, profileOf('nvdla').requantise)!
  expect(new Set(shift).size).toBe(1)
  // Within half of the last bit of the largest M, of 15 bits.
  for (let channel = 0; channel < SHAPE[0]; channel++) {
    const own = unlike.multiplier[channel]! * 2 ** -unlike.shift[channel]!
    expect(Math.abs(multiplier[channel]! * 2 ** -shift[channel]! - own)).toBeLessThanOrEqual(
      0.5 * 2 ** -shift[channel]!,
    )
  }
})

test('elements that were never written are told beside the arithmetic of the others', () => {
  const profile = profileOf('assay')
  const { node, input } = makeLayer(profile, {})
  const actual = Int32Array.from(convolve(node, input, withRounding(profile, 'floor')))
  actual[5] = -1
  const kind = classifyFault(convolve(node, input, profile), actual, SHAPE, 8, {
    profile,
    layer: { node, inputs: [input] },
  })
  expect(kind?.evidence).toMatch(
    /^all 959 elements that were written are explained completely by: .*1 were never written$/,
  )
})

test('a signed code in words has its own value', () => {
  const profile = profileOf('power-of-two-floor')
  const offset = codeOffset(profile, 8)
  const expected = Uint8Array.from({ length: 64 }, (_, i) => 60 + i)
  const actual = new Uint8Array(64).fill(offset)
  expect(classifyFault(expected, actual, [1, 8, 8], 8, { profile })).toEqual({
    name: 'zeros',
    evidence: expect.stringContaining('wrong elements are 0, where -68 to -5 was expected'),
  })
})

test.each(PROFILES.map(({ name }) => name))(
  'a missing bias and an order of lanes are found under %s',
  (name) => {
    const profile = profileOf(name)
    const { node, input } = makeLayer(profile, { most: 20 })
    const context = { profile, inputLanes: 8, outputLanes: 8, layer: { node, inputs: [input] } }
    const expected = convolve(node, input, profile)
    const causeOf = (changed: IntegerConv): string | undefined =>
      classifyFault(expected, convolve(changed, input, profile), SHAPE, 8, context)?.cause?.id
    expect(causeOf({ ...node, bias: new Int32Array(SHAPE[0]) })).toBe('no-bias')
    const size = 16 * 9
    const weight = node.weight.map(
      (_, at) => node.weight[at - (at % size) + ((Math.floor((at % size) / 9) ^ 1) * 9 + (at % 9))]!,
    )
    expect(causeOf({ ...node, weight })).toBe('weights-lanes-pairs-pi')
  },
)
