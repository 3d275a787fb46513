/** A-7 where a profile requantises the inputs of a concat: the engine beside the specification, and both beside the formula. */
import { describe, expect, test } from 'vitest'
import { PROFILES } from '../../src/arithmetic/built-in.ts'
import { checkProfile } from '../../src/arithmetic/check-profile.ts'
import type { Profile } from '../../src/arithmetic/profile.ts'
import { rangeOf, type Stage } from '../../src/arithmetic/stages.ts'
import { codeOffset } from '../../src/golden/code-range.ts'
import { concat } from '../../src/golden/concat.ts'
import { type Crew, Engine } from '../../src/golden/engine.ts'
import { bindKernel, KernelMemory } from '../../src/golden/engine-kernel.ts'
import { layerGraph } from '../../src/golden/layer-graph.ts'
import { runSpec } from '../../src/golden/run.ts'
import type { Codes, IntegerConcat, QuantParams } from '../../src/golden/types.ts'
import { integerConcat } from '../../src/quantise/integer-nodes.ts'
import { withConcat } from '../quantise/concat-profiles.ts'
import { expectSameTensors } from './expect-same.ts'
import { createRandom } from './random.ts'
import { randomGraph, randomImage } from './random-graph.ts'
import { fitsKernel, randomParameters, randomStages } from './random-stages.ts'
import { withProfile } from './with-profile.ts'

const profileOf = (name: string): Profile => PROFILES.find((profile) => profile.name === name)!

/** Three shares of a call, the last one first. */
const crew: Crew = {
  shares: 3,
  run: (kernel, call, shares) => {
    const own = bindKernel(kernel)
    for (const args of shares.toReversed()) own[call](...args)
  },
}

describe.each(PROFILES.map(withConcat))('$name, which requantises at concats', (profile) => {
  test('is a profile', () => {
    expect(checkProfile(structuredClone(profile), 'a file')).toEqual(profile)
  })

  test.each([{}, { activationBits: 5, tableBits: 10 }])('a network of %o', (bits) => {
    const graph = withProfile(randomGraph({ seed: 31, shape: [3, 12, 20], ...bits }), profile)
    const image = randomImage(graph, 4)
    const spec = runSpec(graph, image)
    expectSameTensors(graph, spec, Engine.create(graph).run(image))
    expectSameTensors(graph, spec, Engine.create(graph, { crew }).run(image))
    const concats = graph.nodes.filter((node) => node.op === 'concat')
    expect(concats.map(({ name }) => name)).toEqual(['c2f', 'sppf', 'route'])
    for (const { name, inputs, quant } of concats) {
      const scales = inputs.map((input) => graph.nodes.find((own) => own.name === input)!.quant.scale)
      expect(scales).not.toContain(quant.scale)
      // The pools have the scale of what they read.
      expect(new Set(scales).size).toBe(name === 'sppf' ? 1 : 2)
      expect(new Set(spec.get(name)).size).toBeGreaterThan(2 ** quant.bits / 16)
    }
  })
})

/** Every code of both inputs, once. */
function everyCode(node: IntegerConcat, quants: readonly QuantParams[]) {
  const side = 2 ** Math.max(...quants.map(({ bits }) => bits))
  return node.inputs.map((name, i) => {
    const { bits } = quants[i]!
    const codes = new Uint16Array(side).map((_, code) => code % 2 ** bits)
    return {
      name,
      shape: [1, 1, side] as const,
      quant: quants[i]!,
      codes: (bits > 8 ? codes : Uint8Array.from(codes)) as Codes,
    }
  })
}

const memory = new KernelMemory()

function both(node: IntegerConcat, quants: readonly QuantParams[], profile: Profile): Codes {
  const inputs = everyCode(node, quants)
  const own: IntegerConcat = { ...node, shape: [2, 1, inputs[0]!.shape[2]] }
  const spec = concat(own, inputs, profile)
  const engine = Engine.create(layerGraph(own, inputs, profile), { memory })
  expect(
    engine.runLayer(
      node.name,
      inputs.map(({ codes }) => codes),
    ),
  ).toEqual(spec)
  return spec
}

const base = { op: 'concat', name: 'cat', inputs: ['a', 'b'], shape: [2, 1, 1] } as const
const quants: readonly QuantParams[] = [
  { scale: 0.031, zeroPoint: 117, bits: 8 },
  { scale: 0.0123, zeroPoint: 3, bits: 8 },
]
const output: QuantParams = { scale: 0.0287, zeroPoint: 60, bits: 8 }

test.each(['assay', 'tflite-single'])('every code is the formula with M and s, under %s', (name) => {
  const profile = withConcat(profileOf(name))
  const node = integerConcat(base, quants, output, profile)
  const codes = both(node, quants, profile)
  const { multipliers, shifts } = node.stages!
  for (const [i, { scale, zeroPoint }] of quants.entries())
    for (let code = 0; code < 256; code++) {
      const scaled = Math.floor(((code - zeroPoint) * multipliers[i]!) / 2 ** shifts[i]! + 0.5)
      expect(codes[i * 256 + code]).toBe(Math.min(Math.max(output.zeroPoint + scaled, 0), 255))
      const exact = ((code - zeroPoint) * scale) / output.scale
      expect(Math.abs(scaled - exact)).toBeLessThanOrEqual(0.51)
    }
})

test('an input of the scale of the output keeps its codes', () => {
  for (const profile of PROFILES.map(withConcat)) {
    const same = { ...output, scale: 0.25, zeroPoint: codeOffset(profile, 8) }
    const node = integerConcat(base, [same, same], same, profile)
    expect([...both(node, [same, same], profile)], profile.name).toEqual(
      Array.from({ length: 512 }, (_, i) => i % 256),
    )
  }
})

test('any stages, of inputs and outputs of any bits', () => {
  const random = createRandom(77)
  const outside: unknown[] = []
  let compared = 0
  while (compared < 200) {
    const drawn = randomStages(random)
    const signed = random.integer(0, 1) === 1
    const input = [...drawn.slice(0, -1), { ...drawn.at(-1)!, signed } as Stage]
    const assay = profileOf('assay')
    const profile: Profile = {
      ...assay,
      name: 'drawn',
      codes: { ...assay.codes, signed },
      concat: { form: 'stages', input },
    }
    const bits = [random.integer(1, 10), random.integer(1, 10)] as const
    const own = bits.map((own) => ({ scale: 1, zeroPoint: random.integer(0, 2 ** own - 1), bits: own }))
    const by = [0, 1].map(() => randomParameters(input, random))
    const { codeBits } = by[0]!
    if (!by.every((one) => fitsKernel(input, { ...one, codeBits, zeroPoint: 2 ** codeBits }, 17))) continue
    const node: IntegerConcat = {
      ...base,
      quant: { scale: 1, zeroPoint: random.integer(0, 2 ** codeBits - 1), bits: codeBits },
      stages: {
        multipliers: by.map(({ multiplier }) => multiplier),
        shifts: by.map(({ shift }) => shift),
        factors: by.map(({ scale }) => scale),
      },
    }
    const codes = both(node, own, profile)
    const [low, high] = rangeOf({ bits: codeBits, signed: false })
    if (![...codes].every((code) => code >= low && code <= high)) outside.push(by)
    compared++
  }
  expect(outside).toEqual([])
})

test('in float32 with any scales', () => {
  const random = createRandom(78)
  const profile = withConcat(profileOf('onnx-qlinear'))
  for (let i = 0; i < 200; i++) {
    const draw = () => {
      const bits = random.integer(1, 11)
      return {
        scale: 2 ** random.integer(-40, 10) * (1 + random.next()),
        zeroPoint: random.integer(0, 2 ** bits - 1),
        bits,
      }
    }
    const [a, b, y] = [draw(), draw(), draw()]
    // Ties: half of the output's step.
    const first =
      i % 2 === 0 ? { ...a, scale: y.scale / 2 } : { ...a, scale: y.scale * (0.2 + random.next()) }
    both({ ...base, quant: y }, [first, b], profile)
  }
})

test('a stage that takes more than 64 bits is refused with its concat', () => {
  const tflite = profileOf('tflite')
  const input: readonly Stage[] = [{ stage: 'shift-left', by: 31 }, ...tflite.requantise]
  const profile: Profile = { ...tflite, name: 'wide', concat: { form: 'stages', input } }
  const node = integerConcat(base, quants, output, profile)
  expect(() => both(node, quants, profile)).toThrow(
    /^cat: a stage doubling-high-multiply of profile wide takes a value of \d\d bits, above the 64/,
  )
})
