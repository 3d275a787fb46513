/** Orders of elements against nested loops written out. */
import { describe, expect, test } from 'vitest'
import type { Checked } from '../../src/input/schema.ts'
import { layWords, readLane } from '../../src/operator/beats.ts'
import { type CONFIG, checkConfig } from '../../src/operator/check-config.ts'
import { findOrder, layoutIndices, outputIndices } from '../../src/operator/layout.ts'
import type { OperatorConfig } from '../../src/operator/operator-config.ts'
import { claims, settleConfig } from '../../src/operator/settle-config.ts'
import type { LayerInfo } from '../../src/operator/types.ts'

/** Sizes are all different, so that no two axes can be confused. */
const layer = {
  name: 'model.7',
  op: 'conv',
  inputChannels: 5,
  inputHeight: 3,
  inputWidth: 4,
  outputChannels: 6,
  outputHeight: 2,
  outputWidth: 7,
  kernel: 3,
  stride: 1,
  padding: 1,
  hasTable: 1,
  requantBits: 4,
  weightBits: 8,
  inputBits: 8,
  outputBits: 8,
} as LayerInfo

const loops = (...sizes: number[]): number[][] =>
  sizes.reduce<number[][]>(
    (lists, size) => lists.flatMap((list) => Array.from({ length: size }, (_, at) => [...list, at])),
    [[]],
  )

describe('an order of elements', () => {
  test.each([
    { tensor: 'input', order: 'i y x', expected: loops(5, 3, 4).map(([i, y, x]) => (i! * 3 + y!) * 4 + x!) },
    { tensor: 'input', order: 'y x i', expected: loops(3, 4, 5).map(([y, x, i]) => (i! * 3 + y!) * 4 + x!) },
    {
      tensor: 'input',
      order: 'i/2 y x i%2',
      expected: loops(3, 3, 4, 2).map(([b, y, x, l]) =>
        2 * b! + l! < 5 ? ((2 * b! + l!) * 3 + y!) * 4 + x! : -1,
      ),
    },
    {
      tensor: 'weights',
      order: 'o ky kx i',
      expected: loops(6, 3, 3, 5).map(([o, ky, kx, i]) => ((o! * 5 + i!) * 3 + ky!) * 3 + kx!),
    },
    {
      tensor: 'input',
      order: 'o/4 y x i',
      expected: [...Array(2)].flatMap(() => loops(3, 4, 5).map(([y, x, i]) => (i! * 3 + y!) * 4 + x!)),
    },
    { tensor: 'table', order: 'p', expected: loops(16).map(([p]) => p!) },
    {
      tensor: 'output',
      order: 'x y o',
      expected: loops(7, 2, 6).map(([x, y, o]) => (o! * 2 + y!) * 7 + x!),
    },
  ] as const)('$order of $tensor', ({ tensor, order, expected }) => {
    expect([...layoutIndices(tensor, order, layer, 'c')]).toEqual(expected)
  })

  test('no table, no words', () => {
    expect(layoutIndices('table', 'p', { ...layer, hasTable: 0 }, 'c')).toHaveLength(0)
  })

  test.each([
    ['y x', /axis i is missing/],
    ['i i y x', /axis i must come once/],
    ['i/2 y x', /axis i must come once, or as i\/N and i%N/],
    ['i/2 y x i%4', /same N/],
    ['c y x', /expected one of i, y, x, got 'c'/],
  ])('%s is refused', (order, message) => {
    expect(() => layoutIndices('input', order, layer, 'my.config.ts')).toThrow(message)
    expect(() => layoutIndices('input', order, layer, 'my.config.ts')).toThrow(/^my\.config\.ts: /)
  })
})

describe('the order of the output', () => {
  test('gives every element one place, idle lanes aside', () => {
    expect([...outputIndices('y x o', layer, 'c')].sort((a, b) => a - b)).toEqual(loops(84).map(([i]) => i))
    expect(outputIndices('o/4 y x o%4', layer, 'c').filter((index) => index >= 0)).toHaveLength(84)
  })

  test.each(['y x o i', 'ky y x o', 'o/2 kx y x o%2'])('%s names an axis that it lacks: refused', (order) => {
    expect(() => outputIndices(order, layer, 'c')).toThrow(
      /the output has no axis k?[ixy].*only the last would be compared/,
    )
  })
})

describe('words of lanes', () => {
  test('signed lanes of any width, idle ones filled, read back', () => {
    const weights = Int8Array.from({ length: 6 * 5 * 9 }, (_, at) => ((at * 37) % 127) - 63)
    for (const bits of [8, 9, 12]) {
      const layout = { order: 'ky kx o i/3 i%3', lanes: 3, bits, fill: 1 }
      const words = layWords('weights', weights, layout, layer, 'c')
      expect([words.width, words.depth]).toEqual([3 * bits, 9 * 6 * 2])
      const stride = Math.ceil((3 * bits) / 8)
      for (const [at, [ky, kx, o, block, lane]] of loops(3, 3, 6, 2, 3).entries()) {
        const i = 3 * block! + lane!
        const want = i < 5 ? weights[((o! * 5 + i) * 3 + ky!) * 3 + kx!]! : 1
        const got = readLane(words.bytes, Math.floor(at / 3) * stride, lane!, bits)
        expect((got << (32 - bits)) >> (32 - bits)).toBe(want)
      }
    }
  })

  test('64-bit parameter words', () => {
    const words = layWords(
      'bias',
      Int32Array.of(-2, 7, 0, 0, 0, 0),
      { order: 'o', lanes: 1, bits: 64 },
      layer,
      'c',
    )
    expect([...words.bytes.slice(0, 9)]).toEqual([254, 255, 255, 255, 255, 255, 255, 255, 7])
  })

  test('lanes that do not divide, and lanes that are too narrow', () => {
    const codes = new Uint8Array(60)
    expect(() => layWords('input', codes, { order: 'y x i', lanes: 8, bits: 8 }, layer, 'c')).toThrow(
      /60 elements of input in order 'y x i' do not fill words of 8 lanes.*i\/8/,
    )
    expect(() => layWords('input', codes, { order: 'y x i', lanes: 5, bits: 7 }, layer, 'c')).toThrow(
      /7 bits is too narrow for input, which has 8/,
    )
  })
})

describe('a configuration', () => {
  const good = {
    top: 't',
    sources: ['t.sv'],
    layers: { op: 'conv' },
    inputs: [{ tensor: 'input', stream: 's', order: 'y x i' }],
    output: { tensor: 'output', stream: 'm', order: 'y x o' },
  } as const

  const settle = (own: Partial<OperatorConfig>) => settleConfig({ ...good, ...own }, [layer], 'c')

  test('is what its schema lets through, and nothing less', () => {
    const config: OperatorConfig = good
    // That it is nothing more, the type of what checkConfig returns holds.
    const checked: Checked<typeof CONFIG> = config
    expect(checkConfig(checked, 'my.config.ts')).toBe(good)
  })

  test.each([
    [
      { ...good, tops: 1 },
      /^my\.config\.ts: there is no setting tops\. Known are top, .* Did you mean top\?/,
    ],
    [{ ...good, top: 3 }, /top: expected a text, got 3/],
    [{ ...good, sources: [] }, /sources: expected a list of 1 or more/],
    [{ ...good, inputs: [{ ...good.inputs[0], tensor: 'image' }] }, /inputs\[0\]\.tensor: .*got "image"/],
    [{ ...good, inputs: [{ ...good.inputs[0], lane: 2 }] }, /inputs\[0\]: there is no setting lane/],
    [
      { ...good, output: { ...good.output, tensor: 'input' } },
      /output\.tensor: expected output, got "input"/,
    ],
    [{ ...good, memories: [{ tensor: 'bias', order: 'o' }] }, /one of plusarg, parameter and ports/],
    [undefined, /expected an object, got nothing\. Write `export default/],
    [{ ...good, layers: { kernal: 3 } }, /layers: there is no setting kernal.* Did you mean kernel\?/],
    [
      { ...good, layers: { op: 'convolution' } },
      /layers\.op: expected conv or add or max-pool or upsample, got "convolution"/,
    ],
    [{ ...good, layers: { kernel: '3' } }, /layers\.kernel: expected a whole number, got "3"/],
    [
      { ...good, parameters: { C: '$inputChanels' } },
      /parameters\.C: expected one of \$name, .*got "\$inputChanels".*mean \$inputChannels\?/,
    ],
    [{ ...good, ports: { c_i: [1] } }, /ports\.c_i: expected .*, got a list of 1/],
    [
      { ...good, memories: [{ tensor: 'bias', order: 'o', ports: { adr: 'a', data: 'd' } }] },
      /memories\[0\]\.ports: addr is missing\. Is adr meant to be addr\?/,
    ],
    [{ ...good, memories: [{ tensor: 'bias', order: 'o', plusargs: 'b' }] }, /Did you mean plusarg\?/],
    [
      { ...good, streams: { s: { direction: 'in', valid: 'v', fields: {} } } },
      /streams\.s\.direction: expected input or output/,
    ],
    [
      { ...good, streams: { s: { direction: 'input', vaild: 'v', fields: {} } } },
      /streams\.s: valid is missing\. Is vaild meant to be valid\?/,
    ],
    [
      { ...good, streams: { s: { direction: 'input', valid: 'v', fields: { data: 1 } } } },
      /streams\.s\.fields\.data: expected a text/,
    ],
    [{ ...good, reset: { port: 'r', activ: 1 } }, /reset: active is missing\. Is activ meant to be active\?/],
    [{ ...good, stalls: { probability: 1 } }, /stalls\.probability: expected a number from 0 to below 1/],
    [{ ...good, stalls: { pattern: '000' } }, /stalls\.pattern/],
    [
      { ...good, inputs: [{ ...good.inputs[0], lanes: 0 }] },
      /inputs\[0\]\.lanes: expected a whole number of at least 1, got 0/,
    ],
    [{ ...good, inputs: [{ ...good.inputs[0], fill: 'x' }] }, /inputs\[0\]\.fill/],
    [{ ...good, inputs: [{ ...good.inputs[0], tensor: 'output' }] }, /inputs\[0\]\.tensor: expected one of/],
  ])('mistake %#', (config, message) => {
    expect(() => checkConfig(config, 'my.config.ts')).toThrow(message)
  })

  test('values of a layer, by name and by function', () => {
    const values = {
      A: '$inputChannels',
      B: ({ outputWidth }: LayerInfo) => 2 * outputWidth,
      C: 'text',
      D: 3,
      E: () => '$inputChannels',
      F: 2n ** 70n,
    }
    const settled = { A: 5, B: 14, C: 'text', D: 3, E: '$inputChannels', F: 2n ** 70n }
    expect(settle({ parameters: values, ports: { p: true } })).toMatchObject({
      parameters: settled,
      ports: { p: true },
    })
    expect(() => settle({ parameters: { A: '$channels' } })).toThrow(
      /^c: A: expected one of \$name, .*, got "\$channels"/,
    )
    const lanes = (value: OperatorConfig['output']['lanes']) =>
      settle({ output: { ...good.output, lanes: value } }).output.lanes
    expect(lanes('$inputChannels')).toBe(5)
    expect(() => lanes('$name')).toThrow(/lanes: .*got model\.7/)
    expect(() => lanes(() => 1.5)).toThrow(/lanes: .*got 1\.5/)
  })

  test('for one layer it is data alone', () => {
    const settled = settle({
      ...{
        layers: () => true,
        done: 'd',
        stalls: { pattern: '10' },
        withinCycles: ({ stride }) => 9 * stride,
      },
      memories: [{ tensor: 'bias', order: 'o', plusarg: 'b', lanes: ({ kernel }) => kernel }],
    })
    expect(settled).toEqual({
      ...{ top: 't', sources: ['t.sv'], done: 'd', stalls: { pattern: '10' }, withinCycles: 9 },
      ...{ parameters: {}, ports: {}, load: [], buses: {}, regions: [], program: [] },
      memories: [{ tensor: 'bias', order: 'o', plusarg: 'b', lanes: 3 }],
      inputs: [{ ...good.inputs[0], lanes: 1 }],
      output: { ...good.output, lanes: 1 },
    })
    expect(settle({ withinCycles: 77 }).withinCycles).toBe(77)
    expect(() => settle({ withinCycles: () => 0 })).toThrow(/withinCycles: expected a positive whole number/)
  })

  test('a function that fails, or answers what is no value, is named with the layer', () => {
    const fails = () => {
      throw new Error('no idea')
    }
    expect(() => settle({ ports: { A: fails } })).toThrow(/A: the function failed on model\.7.*no idea/)
    // @ts-expect-error: a module file in JavaScript may do it.
    expect(() => settle({ ports: { A: () => undefined } })).toThrow(/A: expected a number or text/)
    expect(() => claims({ ...checkConfig(good, 'c'), layers: fails }, layer)).toThrow(
      /layers: the function failed/,
    )
  })

  test('claims layers by properties or by a function', () => {
    const config = checkConfig(good, 'c')
    expect(claims(config, layer)).toBe(true)
    expect(claims({ ...config, layers: { op: 'conv', kernel: 1 } }, layer)).toBe(false)
    expect(claims({ ...config, layers: ({ stride }) => stride === 2 }, layer)).toBe(false)
  })
})

describe('codes that came in another order than the configuration says', () => {
  const expected = Uint8Array.from({ length: 6 * 2 * 7 }, (_, index) => (index * 37 + 11) % 251)
  /** What a module that sends in one order leaves where another one is expected. */
  const arrive = (sent: string, told: string): Int32Array => {
    const codes = new Int32Array(expected.length)
    const from = outputIndices(sent, layer, '').filter((index) => index >= 0)
    const to = outputIndices(told, layer, '').filter((index) => index >= 0)
    for (const [place, index] of to.entries()) codes[index] = expected[from[place]!]!
    return codes
  }

  test.each([
    ['y x o', 'o y x'],
    ['o y x', 'y x o'],
    ['x o y', 'o/4 y x o%4'],
  ])('%s, where %s was expected, is named', (sent, told) => {
    const codes = arrive(sent, told)
    expect(findOrder(told, layer, expected, codes, '')).toBe(sent)
    codes[17]! ^= 1
    expect(findOrder(told, layer, expected, codes, '')).toBeNull()
  })
})
