import { describe, expect, test } from 'vitest'
import { divergence } from '../../../src/distil/divergence.ts'
import { toNchwCodes, toNchwFloat } from '../../../src/image/planes.ts'
import type { Progress } from '../../../src/pipeline/files/progress.ts'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { type DistillationInput, runDistillation } from '../../../src/pipeline/model/run-distillation.ts'
import { imageQuant } from '../../../src/quantise/code-ranges.ts'
import { measureNetwork } from '../../../src/quantise/compare-networks.ts'
import { FloatNetwork } from '../../../src/quantise/float-network.ts'
import { writeIntegerGraph } from '../../../src/quantise/integer-file.ts'
import { IMAGES, quantiseBranched } from '../../distil/quantise-branched.ts'

const BITS = { weightBits: 3, activationBits: 6, tableBits: 10 }
const HELD = [IMAGES - 1]

async function open(fast: number | null) {
  const { graph, images, ranges, options, integer } = await quantiseBranched(BITS)
  await using network = await FloatNetwork.create(graph)
  const probes: DistillationInput['probes'][number][] = []
  for (const i of HELD) {
    const real = await network.run(toNchwFloat(images[i]!))
    probes.push({ codes: toNchwCodes(images[i]!, imageQuant(BITS.activationBits)), real })
  }
  const input: DistillationInput = {
    ...{ integer, ranges, probes },
    fitted: images.filter((_, i) => !HELD.includes(i)),
    report: { outputError: fast === null ? null : { chosen: 1, fast } },
  }
  return { graph, input, options }
}

describe('a network that has learned', () => {
  test('is kept where it is nearer to the float network on the images that were held back', async () => {
    const { graph, input, options } = await open(null)
    const { integer, ranges, distillation } = await runDistillation(graph, input, options, silent)
    expect(distillation).toMatchObject({ steps: 500, images: IMAGES - 1, kept: true })
    const { before, after } = distillation.divergence!
    expect(after).toBeLessThan(before)
    expect(await measureNetwork(integer, input.probes, null, divergence)).toBe(after)
    expect(await measureNetwork(input.integer, input.probes, null, divergence)).toBe(before)
    // The ranges are those that the integer graph has now.
    const { scale, zeroPoint, bits } = integer.nodes.find(({ name }) => name === 'fine')!.quant
    expect(ranges.get('fine')!.high).toBeCloseTo(scale * (2 ** bits - 1 - zeroPoint), 6)
  })

  test('is not kept where it is farther off than `fast` is, by the error of its outputs', async () => {
    const { graph, input, options } = await open(0)
    const { integer, ranges, distillation } = await runDistillation(graph, input, options, silent)
    expect(distillation.kept).toBe(false)
    expect(distillation.divergence!.after).toBeLessThan(distillation.divergence!.before)
    expect(writeIntegerGraph(integer)).toEqual(writeIntegerGraph(input.integer))
    expect(ranges).toBe(input.ranges)
  })
})

test('nothing learns without an image to judge by', async () => {
  const { graph, input, options } = await open(null)
  const warnings: string[] = []
  const progress: Progress = { ...silent, warn: (text) => warnings.push(text) }
  const { integer, distillation } = await runDistillation(graph, { ...input, probes: [] }, options, progress)
  expect(integer).toBe(input.integer)
  expect(distillation).toEqual({ steps: 0, images: 0, divergence: null, kept: false })
  expect(warnings.join()).toMatch(/fewer than four calibration images/)
})
