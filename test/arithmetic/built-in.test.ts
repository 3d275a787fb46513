/** The built-in profiles, and onnxruntime itself beside `onnx-qlinear`. */
import { describe, expect, test } from 'vitest'
import { PROFILES } from '../../src/arithmetic/built-in.ts'
import { checkProfile } from '../../src/arithmetic/check-profile.ts'
import { runStages } from '../../src/arithmetic/run-stages.ts'
import { createRandom } from '../../src/golden/random.ts'
import { createOnnxBuilder } from '../../src/quantise/onnx-builder.ts'
import { loadOnnxruntime, openSession } from '../../src/quantise/onnxruntime.ts'

const profileOf = (name: string) => PROFILES.find((profile) => profile.name === name)!
const random = createRandom(11)
const randomScale = (): number => Math.fround(2 ** -(random() % 20) * (1 + random() / 2 ** 32))
const randomAcc = (bits: number): number => {
  const size = 1 + (random() % (bits - 1))
  const value = (random() + random() * 2 ** 32) % 2 ** size
  return random() % 2 === 0 ? value : -value
}

test('each has a name of its own, and is what a file may say', () => {
  expect(new Set(PROFILES.map(({ name }) => name)).size).toBe(PROFILES.length)
  for (const profile of PROFILES) expect(checkProfile(profile, profile.name)).toEqual(profile)
})

describe('onnx-qlinear', () => {
  /** Weights of zero: the accumulator of a channel is its bias. @returns the code of each */
  async function runOnnxruntime(
    accs: Int32Array,
    scales: Float32Array,
    zeroPoint: number,
  ): Promise<ArrayLike<number>> {
    const onnx = createOnnxBuilder('requantise')
    const one = (name: string, data: Float32Array | Uint8Array) => onnx.constant(name, data, [])
    const x = onnx.input('x', 'uint8', [1, 1, 1, 1])
    const inputs = [
      ...[x, one('xs', Float32Array.of(1)), one('xz', Uint8Array.of(0))],
      onnx.constant('w', new Int8Array(accs.length), [accs.length, 1, 1, 1]),
      ...[onnx.constant('ws', scales), onnx.constant('wz', new Int8Array(accs.length))],
      ...[one('ys', Float32Array.of(1)), one('yz', Uint8Array.of(zeroPoint)), onnx.constant('b', accs)],
    ]
    onnx.output(onnx.node('QLinearConv', inputs, 'y', { kernel_shape: [1, 1] }), 'uint8', [
      1,
      accs.length,
      1,
      1,
    ])
    const session = await openSession(onnx.encode(), 1)
    const { Tensor } = await loadOnnxruntime()
    const { y } = await session.run({ x: new Tensor('uint8', Uint8Array.of(0), [1, 1, 1, 1]) })
    await session.release()
    return y!.data as Uint8Array
  }

  test('is what onnxruntime computes, accumulator by accumulator', async () => {
    const count = 200_000
    const scales = Float32Array.from({ length: count }, randomScale)
    // Near the ties of small codes, and over the whole range.
    const accs = Int32Array.from({ length: count }, (_, i) =>
      i % 2 === 0 ? randomAcc(31) : Math.round(((random() % 512) - 128) / 2 / scales[i]!),
    )
    const codes = await runOnnxruntime(accs, scales, 13)
    const profile = profileOf('onnx-qlinear')
    const wrong = accs.reduce((sum, acc, i) => {
      const by = { multiplier: 0, shift: 0, zeroPoint: 13, scale: scales[i]!, codeBits: 8 }
      return Number(runStages(profile.requantise, BigInt(acc), by)) === codes[i] ? sum : sum + 1
    }, 0)
    expect(codes).toHaveLength(count)
    expect(new Set(codes as Uint8Array).size).toBe(256)
    expect(wrong).toBe(0)
  })
})
