/** What runs of a night share, so that one of them makes it and the others wait. */
import { expect, test } from 'vitest'
import { makeRuns } from '../../../../src/cli/commands/regress/sim-runs.ts'

const { needsOf } = await makeRuns('night', [], { program: 'assay', env: {}, words: [] })
const AXES = { image: 'a.png', model: 'm.pt', bits: 'w8a8', mode: 'isolated', rtl: 'rtl', seed: '1' }
const [built, quantised] = needsOf(AXES)

test.each([
  ['image and seed', { image: 'b.png', seed: '2' }, true, true],
  ['mode and layers', { mode: 'chained', layers: 'model.0' }, true, true],
  ['RTL', { rtl: 'other' }, false, true],
  ['model', { model: 'n.pt' }, true, false],
  ['bits', { bits: 'w4a8' }, false, false],
])('runs of other %s', (_, axes, sharesBuild, sharesModel) => {
  const [build, model] = needsOf({ ...AXES, ...axes })
  expect([build === built, model === quantised]).toEqual([sharesBuild, sharesModel])
})
