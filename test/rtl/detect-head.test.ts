import { describe, expect, test } from 'vitest'
import { detectSpec } from '../../src/golden/head-spec.ts'
import type { NmsOptions } from '../../src/golden/types.ts'
import { simulate } from '../../src/simulate/index.ts'
import { makeRandom } from '../../src/testing/random.ts'
import { type HeadVector, makeHeadVector, type VectorSettings } from '../golden/head-vectors.ts'
import { benchOptions, type HeadParameters, type HeadPorts, runHead } from './detect-head-bench.ts'

const expectedOf = ({ geometry, head, boxCodes, classCodes, options }: HeadVector) =>
  detectSpec(geometry, head, boxCodes, classCodes, options)

const middle: HeadParameters = { PI: 16, PX: 4, Capacity: 64, MaxDetections: 20 }

const grids = [
  [8, 7, 9],
  [16, 4, 5],
  [32, 2, 3],
] as const
const p2 = [[4, 9, 11], ...grids] as const
const p2p6 = [...p2, [64, 1, 2]] as const

describe('detect_head equals detectSpec', () => {
  test.each<{
    because: string
    settings?: Partial<VectorSettings>
    options?: Partial<NmsOptions>
    own?: Partial<HeadParameters>
  }>([
    { because: '17 classes: one lane in the last block', settings: { classes: 17 } },
    { because: '16 classes: no idle lane', settings: { classes: 16 } },
    { because: 'one class', settings: { classes: 1 }, options: { minCode: 0 } },
    { because: '80 classes', settings: { classes: 80 }, options: { minCode: 250 } },
    { because: '1024 classes', settings: { classes: 1024, levels: [[8, 2, 3]] }, options: { minCode: 0 } },
    { because: 'no candidate', settings: { classRange: [0, 127] } },
    { because: 'a threshold above every code', options: { minCode: 256 } },
    { because: 'ties', settings: { classRange: [200, 201], classes: 18 } },
    { because: 'every code equal', settings: { classRange: [200, 200], classes: 3 } },
    { because: 'every logit 255', settings: { classRange: [255, 255], boxRange: [255, 255] } },
    { because: 'every logit 0', settings: { classRange: [0, 0], boxRange: [0, 0] }, options: { minCode: 0 } },
    { because: 'max_det reached', settings: { classes: 9 }, options: { maxDetections: 4, minCode: 0 } },
    { because: 'max_det of 0', options: { maxDetections: 0, minCode: 0 } },
    { because: 'max_det of the memory', settings: { classes: 40 }, options: { minCode: 0 } },
    { because: 'any overlap suppresses', options: { iouThreshold: 0, minCode: 0 } },
    { because: 'nothing suppresses', options: { iouThreshold: 1024, minCode: 0 } },
    { because: 'one bin: boxes without area', settings: { regMax: 1 } },
    { because: '3 bins: sides across words', settings: { regMax: 3 } },
    { because: '7 bins', settings: { regMax: 7 } },
    { because: 'one pixel', settings: { levels: [[32, 1, 1]] }, options: { minCode: 0 } },
    { because: 'one column', settings: { levels: [[8, 9, 1]] }, options: { minCode: 0 } },
    { because: 'one line', settings: { levels: [[8, 1, 17]] }, options: { minCode: 0 } },
    { because: 'two levels of large strides', settings: { levels: [[64, 3, 4], [128, 1, 1]], regMax: 9 } }, // biome-ignore format: a level an element
    { because: 'four levels: P2', settings: { levels: p2 }, own: { MaxLevels: 4 } },
    { because: 'five levels: P2 and P6', settings: { levels: p2p6 }, own: { MaxLevels: 5 } },
    { because: 'fewer levels than there is room for', own: { MaxLevels: 5 } },
    { because: 'the largest corners', settings: { levels: [[32, 2, 49]], boxRange: [254, 255] } },
  ])('$because', async ({ settings, options, own }) => {
    await using dut = await simulate<HeadPorts>(benchOptions({ ...middle, ...own }, 8))
    for (const multiLabel of [false, true]) {
      const vector = makeHeadVector({
        seed: 7,
        levels: grids,
        ...settings,
        options: { capacity: middle.Capacity, maxDetections: middle.MaxDetections, multiLabel, ...options },
      })
      const { result } = await runHead(dut, vector, middle)
      expect(result).toEqual(expectedOf(vector))
    }
  })

  test('as many candidates as there is room for are no overflow, and one more is', async () => {
    await using dut = await simulate<HeadPorts>(benchOptions(middle, 8))
    for (const count of [middle.Capacity - 1, middle.Capacity, middle.Capacity + 1]) {
      const options = { capacity: middle.Capacity, maxDetections: middle.MaxDetections }
      const vector = makeHeadVector({ seed: 5, levels: [[8, 8, 9]], classRange: [0, 100], options })
      vector.classCodes[0]!.fill(200, 0, count)
      const { result } = await runHead(dut, vector, middle)
      expect([result.candidates, result.overflow]).toEqual([count, count > middle.Capacity])
      expect(result).toEqual(expectedOf(vector))
    }
  })

  test('a maximum of boxes above what there is room for is as many as there is room for', async () => {
    await using dut = await simulate<HeadPorts>(benchOptions(middle, 8))
    const options = { capacity: middle.Capacity, maxDetections: middle.MaxDetections, minCode: 0 }
    const vector = makeHeadVector({ seed: 7, levels: [[8, 6, 6]], classes: 9, options })
    expect(expectedOf(vector).boxes).toHaveLength(middle.MaxDetections)
    for (const maxDetections of [middle.MaxDetections + 1, 2 ** 16, 2 ** 16 + 1, 2 ** 32 - 1]) {
      const asked = { ...vector, options: { ...vector.options, maxDetections } }
      const { result } = await runHead(dut, asked, middle)
      expect(result, `${maxDetections}`).toEqual(expectedOf(vector))
    }
  })

  test('one candidate, at every anchor in turn', async () => {
    await using dut = await simulate<HeadPorts>(benchOptions(middle, 8))
    const settings = { seed: 3, levels: [[8, 2, 9], [16, 1, 2]], classRange: [0, 100] } as const // biome-ignore format: a level an element
    for (let anchor = 0; anchor < 20; anchor++) {
      const vector = makeHeadVector({ ...settings, options: { capacity: 64, maxDetections: 20 } })
      const [tensor, cell] =
        anchor < 18 ? [vector.classCodes[0]!, anchor] : [vector.classCodes[1]!, anchor - 18]
      tensor[cell] = 128 + anchor
      const { result } = await runHead(dut, vector, middle)
      expect(result.boxes.map((box) => box.anchor)).toEqual([anchor])
      expect(result).toEqual(expectedOf(vector))
    }
  })
})

describe.each([
  {
    because: 'the smallest of everything',
    bits: 4,
    parameters: { PI: 1, PX: 1, Capacity: 1, MaxDetections: 1 },
  },
  { because: 'one lane', bits: 8, parameters: { PI: 1, PX: 2, Capacity: 33, MaxDetections: 7 } },
  {
    because: 'lanes that divide nothing',
    bits: 5,
    parameters: { PI: 3, PX: 1, Capacity: 100, MaxDetections: 64 },
  },
  { because: '7 lanes of 6 bits', bits: 6, parameters: { PI: 7, PX: 8, Capacity: 64, MaxDetections: 65 } },
  { because: 'a wide word', bits: 8, parameters: { PI: 32, PX: 4, Capacity: 128, MaxDetections: 33 } },
  {
    because: 'up to five levels',
    bits: 7,
    parameters: { PI: 4, PX: 2, Capacity: 64, MaxDetections: 21, MaxLevels: 5 },
  },
  {
    because: 'one level',
    bits: 8,
    parameters: { PI: 4, PX: 2, Capacity: 64, MaxDetections: 21, MaxLevels: 1 },
  },
] satisfies readonly { because: string; bits: number; parameters: HeadParameters }[])(
  'detect_head equals detectSpec: $because',
  ({ bits, parameters }) => {
    test('random heads over the whole range of codes', async () => {
      await using dut = await simulate<HeadPorts>(benchOptions(parameters, bits))
      const random = makeRandom(bits * 100 + parameters.PI)
      for (let seed = 0; seed < 25; seed++) {
        const low = random(2 ** bits)
        const vector = makeHeadVector({
          seed,
          bits,
          levels: [8, 16, 32, 4, 64]
            .slice(0, 1 + random(parameters.MaxLevels ?? 3))
            .map((stride) => [stride, 1 + random(5), 1 + random(16)]),
          classes: 1 + random(2 * parameters.PI + 3),
          regMax: 1 + random(16),
          classRange: [low, low + random(2 ** bits - low)],
          options: {
            minCode: random(2 ** bits + 1),
            iouThreshold: random(1025),
            capacity: parameters.Capacity,
            maxDetections: random(parameters.MaxDetections + 1),
            multiLabel: random(2) === 1,
          },
        })
        const { result } = await runHead(dut, vector, parameters)
        expect(result, `seed ${seed}`).toEqual(expectedOf(vector))
      }
    })
  },
)
