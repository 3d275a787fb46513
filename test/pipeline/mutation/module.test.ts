/** Mutants of somebody else's module against golden data. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { OperatorConfig } from '../../../src/operator/operator-config.ts'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { parseLines } from '../../../src/pipeline/mutation/choose.ts'
import { type ModuleMutationOptions, runModuleMutation } from '../../../src/pipeline/mutation/module.ts'
import { readEnvironment } from '../../../src/process/environment.ts'
import { UPSAMPLER } from '../own-rtl/upsampler.ts'
import { makeFolder, prepareDefault } from '../prepared.ts'
import { DEFAULT_IMAGE, VERILATOR_CACHE } from '../shared-data.ts'

const { prepared } = await prepareDefault()
const out = makeFolder()

const run = (only: string, given: Partial<ModuleMutationOptions> = {}, own: Partial<OperatorConfig> = {}) =>
  runModuleMutation(
    {
      loaded: { ...UPSAMPLER, config: { ...UPSAMPLER.config, ...own } },
      graph: prepared.integer,
      imagePath: DEFAULT_IMAGE,
      folder: join(out, 'model'),
      cacheDir: VERILATOR_CACHE,
      out,
      choose: (names) => [names.indexOf('model.10')],
      sources: [],
      only: [parseLines(only, '--only')],
      sample: undefined,
      timeoutSeconds: undefined,
      explanations: [],
      environment: readEnvironment(),
      ...given,
    },
    silent,
  )

describe('a module of its own', () => {
  test('is broken in one model, and golden data notice: by element, by beats that never come', async () => {
    const { hit, modules, witnesses } = await run('36-46')
    const [score] = modules
    expect(score!.module).toMatch(/fixtures\/served_upsample\.sv$/)
    expect(score!.mutants).toBeGreaterThan(15)
    expect(witnesses).toEqual([
      { name: 'model.10', killed: hit, remarks: [expect.stringMatching(/^runs in .* without a mutant$/)] },
    ])
    const reasons = score!.noticed!.map(({ test, reason, ended }) => `${test} ${ended} ${reason}`)
    expect(reasons).toContainEqual(
      expect.stringMatching(/^model\.10 false c\d+ y\d+ x\d+: expected \d+, received (\d+|nothing)$/),
    )
    expect(reasons).toContainEqual(expect.stringMatching(/beats of write within \d+ cycles/))
    // A reset that is left out changes nothing from power-up on.
    expect(score!.killed / score!.mutants).toBeGreaterThan(0.7)
  })

  test('the smallest layer of each combination of parameters is asked where none is named', async () => {
    const { witnesses } = await run('38', { choose: null, sample: 1 })
    expect(witnesses!.map(({ name }) => name)).toEqual(['model.10'])
  })

  test('has to be exact without a mutant', async () => {
    const output = { ...UPSAMPLER.config.output, order: 'x y o' }
    await expect(run('38', {}, { output })).rejects.toThrow(
      /upsampler: model\.10 is not exact without a mutant: c\d+ y\d+ x\d+: .* Run `assay sim --module` first\./,
    )
    await expect(run('38', {}, { layers: () => false })).rejects.toThrow(
      "'layers' claims no layer of this model",
    )
  })
})
