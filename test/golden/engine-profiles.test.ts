/** The engine under profiles, beside sums that are worked product by product. */
import { describe, expect, test } from 'vitest'
import { ASSAY, PROFILES } from '../../src/arithmetic/built-in.ts'
import type { Profile } from '../../src/arithmetic/profile.ts'
import { type Crew, Engine } from '../../src/golden/engine.ts'
import { bindKernel } from '../../src/golden/engine-kernel.ts'
import type { Tally } from '../../src/golden/engine-tally.ts'
import { runSpec } from '../../src/golden/run.ts'
import type { Codes, IntegerConv, IntegerGraph } from '../../src/golden/types.ts'
import { expectSameTensors } from './expect-same.ts'
import { type Worked, withProfile, workAdd, workConv } from './profile-graph.ts'
import { RandomGraphMaker, randomConvGraph, randomGraph, randomImage } from './random-graph.ts'

/** Three shares of a call, the last one first. */
const crew: Crew = {
  shares: 3,
  run: (kernel, call, shares) => {
    const own = bindKernel(kernel)
    for (const args of shares.toReversed()) own[call](...args)
  },
}

/** Compares every convolution and addition with what is worked from the engine's own inputs. */
function compare(graph: IntegerGraph, options = {}): Map<string, Worked> {
  const profile = graph.profile!
  const engine = Engine.create(graph, { tallies: true, ...options })
  const tallies = new Map<string, Tally>()
  const results = engine.run(randomImage(graph, 3), {
    onTally: ({ name }, tally) => tallies.set(name, tally),
  })
  const worked = new Map<string, Worked>()
  const expected = new Map<string, Codes>()
  for (const node of graph.nodes) {
    const inputs =
      node.op === 'input' ? [] : node.inputs.map((name) => graph.nodes.find((own) => own.name === name)!)
    const codes = inputs.map(({ name }) => results.get(name)!)
    if (node.op === 'conv') {
      const own = workConv(node, inputs[0]!, codes[0]!, profile)
      worked.set(node.name, own)
      expected.set(node.name, own.codes)
      expectTally(tallies.get(node.name)!, own, node, profile)
    } else
      expected.set(
        node.name,
        node.op === 'add' ? workAdd(node, inputs, codes, profile) : results.get(node.name)!,
      )
  }
  expectSameTensors(graph, expected, results)
  return worked
}

function expectTally(
  tally: Tally,
  { accs, raws, indices }: Worked,
  node: IntegerConv,
  { codes }: Profile,
): void {
  const low = codes.signed ? -(2 ** (node.requantBits - 1)) : 0
  const high = low + 2 ** node.requantBits - 1
  const numbers = accs.map(Number)
  expect(tally).toMatchObject({
    least: Math.min(0, ...numbers),
    most: Math.max(0, ...numbers),
    clampedLow: raws.filter((raw) => raw < low).length,
    clampedHigh: raws.filter((raw) => raw > high).length,
  })
  const came = [...tally.codes.keys()].filter((code) => tally.codes[code] === 1)
  expect(came).toEqual([...new Set(indices)].sort((a, b) => a - b))
}

const others = PROFILES.filter((profile) => profile !== ASSAY)

/** Their additions shift operands by 20 bits to the left: codes of 16 bits take more than 64. */
const isShifted = ({ add }: Profile): boolean =>
  add.form === 'stages' && add.operand.some((stage) => stage.stage === 'shift-left' && stage.by === 20)

describe.each(others)('$name', (profile) => {
  const cases = [
    { activationBits: 8, tableBits: 8 },
    { activationBits: 8, tableBits: null },
    { activationBits: 5, tableBits: 10 },
    { activationBits: 16, tableBits: 12 },
  ]
  test.each(cases.filter(({ activationBits }) => activationBits < 16 || !isShifted(profile)))(
    'a network of A$activationBits P$tableBits',
    (bits) => {
      const graph = withProfile(randomGraph({ seed: 21, shape: [3, 13, 18], ...bits }), profile)
      const image = randomImage(graph, 4)
      expectSameTensors(graph, runSpec(graph, image), Engine.create(graph).run(image))
      // A ReLU leaves half of them.
      for (const { codes } of compare(graph, { crew }).values())
        expect(new Set(codes).size).toBeGreaterThan(Math.min(2 ** bits.activationBits, codes.length) / 64)
    },
  )
})

test.each(others.filter(isShifted))('$name has no addition of 16 bits', (profile) => {
  const graph = withProfile(randomGraph({ seed: 21, activationBits: 16 }), profile)
  expect(() => Engine.create(graph)).toThrow(
    /^shortcut: a stage [\w-]*multiply of profile [\w-]+ takes a value of 6\d bits, above the 64/,
  )
})

test('assay given as a profile of a file is assay', () => {
  const graph = randomGraph({ seed: 22 })
  const image = randomImage(graph, 1)
  const own = structuredClone(ASSAY)
  expectSameTensors(
    graph,
    Engine.create(graph).run(image),
    Engine.create({ ...graph, profile: ASSAY }).run(image),
  )
  const [conv] = [
    ...Engine.create(withProfile(randomConvGraph({ seed: 22 }, { channels: 9 }), own)).run(image),
  ].slice(1)
  expect(conv![1]).toEqual(
    Engine.create(randomConvGraph({ seed: 22 }, { channels: 9 }))
      .run(image)
      .get('conv'),
  )
})

const INT8 = PROFILES.find(({ name }) => name === 'tflite')!
const DROPPED = { stage: 'shift-right', rounding: 'half-up', by: 6 } as const
const accumulators = ([16, 18, 20, 24, 32, 34] as const).flatMap((bits) =>
  (['wrap', 'saturate'] as const).flatMap((overflow) =>
    (['end', 'product'] as const).map((at) => ({ bits, overflow, at })),
  ),
)
const shifts: readonly Profile['productShift'][] = [
  undefined,
  { by: 3, rounding: 'half-away' },
  { by: 1, rounding: 'half-to-even' },
  { by: 7, rounding: 'floor' },
]

describe.each(accumulators)('an accumulator of $bits bits, $overflow at $at', (accumulator) => {
  test.each([
    { signed: true, padding: 'zero-point', activationBits: 8, weightBits: 8 },
    { signed: true, padding: 'zero-code', activationBits: 16, weightBits: 16 },
    { signed: false, padding: 'zero-code', activationBits: 8, weightBits: 8 },
    { signed: false, padding: 'zero-point', activationBits: 16, weightBits: 16 },
  ] as const)('signed $signed, $padding, W$weightBits A$activationBits', ({ signed, padding, ...bits }) => {
    for (const [i, productShift] of shifts.entries()) {
      const narrowed = INT8.requantise.map((stage) =>
        stage.stage === 'narrow' ? { ...stage, signed } : stage,
      )
      const isWide = bits.weightBits === 16
      // The multiplication behind it has 64 bits.
      const requantise = isWide ? [DROPPED, ...narrowed] : narrowed
      const codes = { ...INT8.codes, signed, padding }
      const shifted = productShift === undefined ? {} : { productShift }
      const profile: Profile = { ...INT8, codes, accumulator, requantise, ...shifted }
      const stride = 1 + (i % 2)
      const made = randomConvGraph(
        { seed: 30 + i, shape: [5, 6, 7], tableBits: 9, ...bits },
        { channels: 11, kernel: 3, stride, table: i % 2 === 0 },
      )
      const graph = withProfile(isWide ? widened(made) : made, profile)
      compare(graph, i === 0 ? { crew } : {})
    }
  })
})

/** With weights of 16 bits in full, so that sums take up to 36 bits; the last channels keep theirs. */
function widened(graph: IntegerGraph): IntegerGraph {
  const nodes = graph.nodes.map((node) => {
    if (node.op !== 'conv') return node
    const largest = [...node.weight].reduce((most, w) => Math.max(most, Math.abs(w)), 0)
    const gain = Math.floor(32_767 / largest)
    const weight = Int16Array.from(node.weight, (w, i) => (i < (node.weight.length * 2) / 3 ? w * gain : w))
    return { ...node, weight, shift: node.shift.map((s) => Math.min(s + 6, 40)) }
  })
  return { ...graph, nodes }
}

describe('an accumulator overflows in these networks', () => {
  test.each([16, 20])('%i bits: wrapped, saturated and exact sums differ', (bits) => {
    const codes = (['wrap', 'saturate'] as const).map((overflow) => {
      const profile: Profile = {
        ...INT8,
        accumulator: { bits: bits === 20 ? 18 : bits, overflow, at: 'end' },
      }
      const graph = withProfile(
        randomConvGraph({ seed: 3, shape: [9, 6, 7] }, { channels: 11, kernel: 3 }),
        profile,
      )
      return Engine.create(graph).run(randomImage(graph, 3)).get('conv')!
    })
    expect(codes[0]).not.toEqual(codes[1])
  })
})

describe('what is refused', () => {
  test('a sum that does not fit the accumulator of the profile', () => {
    const profile: Profile = { ...INT8, accumulator: { bits: 17, overflow: 'refuse', at: 'end' } }
    const graph = withProfile(randomConvGraph({ seed: 3 }, { channels: 3, kernel: 3 }), profile)
    expect(() => Engine.create(graph)).toThrow(/^conv, output channel 0: .* signed (17|32) bits/)
  })

  test('a stage that takes more than 64 bits, with its layer', () => {
    const profile: Profile = {
      ...INT8,
      name: 'wide',
      accumulator: { bits: 34, overflow: 'saturate', at: 'end' },
      requantise: [
        { stage: 'shift-left', by: 8 },
        { stage: 'multiply', bits: 32 },
        { stage: 'shift-right', rounding: 'floor' },
        ...INT8.requantise.slice(3),
      ],
    }
    const graph = withProfile(
      widened(randomConvGraph({ seed: 3, weightBits: 16, activationBits: 16 }, { channels: 3, kernel: 3 })),
      profile,
    )
    expect(() => Engine.create(graph)).toThrow(
      /^conv: a stage multiply of profile wide takes a value of \d\d bits, above the 64 that are computed/,
    )
  })
})

test('an addition in float32 clamps at both ends, and has ties', () => {
  const profile = PROFILES.find(({ name }) => name === 'onnx-qlinear')!
  const maker = new RandomGraphMaker({ seed: 5, shape: [8, 16, 16], tableBits: null })
  maker.add('sum', 'images', 'images', 128)
  const made = withProfile(maker.graph(), profile)
  for (const scale of [1 / 255, 1 / 128, 0.75 / 255, 1.9 / 100]) {
    const nodes = made.nodes.map((node) =>
      node.op === 'add' ? { ...node, quant: { ...node.quant, scale } } : node,
    )
    compare({ ...made, nodes })
  }
})
