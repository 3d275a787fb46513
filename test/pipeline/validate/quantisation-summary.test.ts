import { expect, test } from 'vitest'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { describeSummary, summarise } from '../../../src/pipeline/validate/quantisation-summary.ts'
import { prepareDefault } from '../prepared.ts'

test('fewer bits are smaller and noisier', async () => {
  const sizes: number[] = []
  const ratios: number[] = []
  for (const bits of [8, 4]) {
    const { model, prepared } = await prepareDefault({ weightBits: bits })
    const summary = await summarise(model, prepared, silent)
    const { size, signalToNoise } = summary
    sizes.push(size.weightBytes)
    ratios.push(signalToNoise!.box!)
    expect(signalToNoise!.images).toBe(4)
    expect(describeSummary(summary).every((line) => line.length <= 80)).toBe(true)
  }
  expect(sizes[0]! / sizes[1]!).toBeCloseTo(2, 2)
  expect(ratios[0]).toBeGreaterThan(ratios[1]! + 6)
})

test('tensors of different bits are counted, those of one width are not worth a line', async () => {
  const { model, prepared } = await prepareDefault({ activationBits: 4, endBits: 8 })
  const summary = await summarise(model, prepared, silent)
  // The image, and box and class logits of three levels.
  expect(summary.activationBits).toEqual([
    { bits: 4, tensors: prepared.integer.nodes.length - 7 },
    { bits: 8, tensors: 7 },
  ])
  expect(describeSummary(summary)).toContain('Activations: 4-bit in 89 tensors, 8-bit in 7')
  // 4.69 of `assay quantise --activation-bits 4 --end-bits 8`: stored tensors by their sizes, views not counted.
  expect(summary.meanActivationBits).toBeCloseTo(4.69, 2)
})

test('noise is measured on images that calibration left out, where there are any', async () => {
  const { model, prepared } = await prepareDefault()
  expect(prepared.spare.length).toBeGreaterThan(4)
  expect(prepared.spare.filter((path) => prepared.calibration.includes(path))).toEqual([])
  const own = await summarise(model, prepared, silent)
  const fitted = await summarise(model, { ...prepared, spare: [] }, silent)
  expect([own.signalToNoise!.fitted, fitted.signalToNoise!.fitted]).toEqual([false, true])
  expect(own.signalToNoise!.box).not.toBe(fitted.signalToNoise!.box)
  expect(describeSummary(own).join(' ')).toContain('on 4 images that calibration left out')
  const lines = describeSummary(fitted)
  expect(lines.join(' ').replaceAll(/\s+/g, ' ')).toContain(
    'on 4 calibration images, which ranges were fitted to',
  )
  expect(lines.every((line) => line.length <= 80)).toBe(true)
})

test('what cannot be measured is a remark, and the sizes stand', async () => {
  const { model, prepared } = await prepareDefault({})
  const said: string[] = []
  const progress = { ...silent, warn: (text: string) => void said.push(text) }
  const summary = await summarise(model, { ...prepared, spare: ['/nowhere/a.png'] }, progress)
  expect(summary.signalToNoise).toBeNull()
  expect(summary.size.parameters).toBeGreaterThan(0)
  expect(said).toEqual([expect.stringContaining('no signal to noise: ')])
  expect(describeSummary(summary)).toHaveLength(2)
})
