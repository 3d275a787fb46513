/** `--activation-budget` on the embedded model: what is found is kept, written, given back, and taken by the RTL. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { chooseEngine, chooseNms } from '../../../src/pipeline/model/engine-choice.ts'
import type { ModelOptions } from '../../../src/pipeline/model/options.ts'
import { writeQuantised } from '../../../src/pipeline/model/quantised-files.ts'
import { describeSummary, summarise } from '../../../src/pipeline/validate/quantisation-summary.ts'
import { parseOverrides } from '../../../src/quantise/overrides.ts'
import { emitRoms } from '../../../src/rom/emit.ts'
import { makeFolder, prepareDefault, type TestModel } from '../prepared.ts'

const own: Partial<ModelOptions> = {
  ...{ height: 64, width: 64, calibrationImages: 4, activationBits: 4 },
  techniques: ['mse-scales', 'bias-correction'],
}
const overrides = {
  'model.0': { weightBits: 6, activationBits: 5, observer: 'max' },
  'model.2': { weightBits: 7 },
} as const
const folder = makeFolder()
let run: TestModel
beforeAll(async () => {
  run = await prepareDefault({ ...own, endBits: 6, activationBudget: 5, overrides })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const bitsOf = ({ prepared }: TestModel, name: string): number =>
  prepared.integer.nodes.find((node) => node.name === name)!.quant.bits

test('the bits that the user gave stay, and others were given out', () => {
  expect(
    ['images', 'model.0', 'model.22.cv2.0.2', 'model.22.cv3.2.2'].map((name) => bitsOf(run, name)),
  ).toEqual([...[6, 5, 6, 6]])
  const { budget, mean, images, outputError } = run.prepared.report.bitSearch!
  expect([budget, images]).toEqual([5, 4])
  expect(mean).toBeGreaterThan(4.5)
  expect(mean).toBeLessThanOrEqual(5)
  expect(outputError.after).toBeLessThan(outputError.before)
  expect(run.prepared.integer.nodes.some(({ quant }) => quant.bits > 6)).toBe(true)
})

test('the file is in the manifest, and gives the same model as overrides', async () => {
  const manifest = await writeQuantised(folder, { ...run, groups: ['calibration'] }, silent)
  expect(manifest.files.map(({ file }) => file)).toContain('activation-bits.json')
  expect(manifest.options.activationBudget).toBe(5)
  const where = join(folder, 'activation-bits.json')
  const written = parseOverrides(JSON.parse(readFileSync(where, 'utf8')), where)
  expect(written['model.0']).toEqual(overrides['model.0'])
  const again = await prepareDefault({ ...own, overrides: written })
  expect(again.prepared.hash).toBe(run.prepared.hash)
  expect(again.prepared.report.bitSearch).toBeNull()
  const text = readFileSync(join(folder, 'calibration.txt'), 'utf8')
  expect(text).toContain('Activation bits were searched on 4 images for a mean of 5 per stored code')
})

test('the summary has the mean', async () => {
  const summary = await summarise(run.model, run.prepared, silent)
  expect(summary.meanActivationBits).toBeCloseTo(run.prepared.report.bitSearch!.mean, 9)
  const lines = describeSummary(summary)
  expect(lines).toContain(`  ${summary.meanActivationBits.toFixed(2)} bits per stored activation in the mean`)
  expect(lines.every((line) => line.length <= 80)).toBe(true)
})

test('the ROMs of the default engine take it', () => {
  const { integer, modelId } = run.prepared
  const engine = chooseEngine(run.options, undefined)
  expect(engine.activationBits).toBe(8)
  expect(() => emitRoms(integer, engine, modelId, chooseNms(integer, engine))).not.toThrow()
})

test('a budget that the given bits exceed is refused before the calibration', async () => {
  const spent = prepareDefault({ ...own, calibration: '/nowhere', endBits: 8, activationBudget: 4.1 })
  await expect(spent).rejects.toThrow(/--activation-budget: --end-bits and --overrides take \d\.\d+ bits/)
})
