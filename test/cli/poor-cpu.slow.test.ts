/** A CPU without AVX: a model of its own is built, and one for more than this CPU has is refused with a sentence. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'
import { testWith } from '../witness.ts'
import { simulate, withoutFeatures } from './poor-run.ts'
import { assayMain } from './run-assay.ts'
import { shareModels } from './share-models.ts'

// What cannot be hidden is the CPU itself: test/simulate/build/target.test.ts holds that the compiler is asked for no more.
testWith('a mount namespace', 'without AVX-512, and without any AVX, the results are the same', async () => {
  const all = await simulate()
  expect(all).toMatchObject({ exitCode: 0, verdict: 'exact' })
  expect(await simulate(withoutFeatures('avx512'))).toEqual(all)
  expect(await simulate(withoutFeatures('avx|fma|bmi|f16c'))).toEqual(all)
})

testWith('a mount namespace', 'a model for more than this CPU has is refused', async () => {
  const out = mkdtempSync(join(tmpdir(), 'assay-poor-'))
  await shareModels(out)
  const sim = [process.execPath, assayMain, 'sim', '--quiet', '--out', out]
  const [command, ...words] = [...withoutFeatures('avx'), ...sim]
  const env = { ASSAY_CPU: 'x86-64-v3' }
  const { exitCode, stderr } = await execa(command!, words, { reject: false, env })
  expect(exitCode).toBe(3)
  expect(stderr).toMatch(/was compiled for CPUs of the kind x86-64-v3, and this one has no .*avx2.*\.$/)
})
