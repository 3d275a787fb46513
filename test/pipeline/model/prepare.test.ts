/** Several processes that prepare the same model at once, in one build folder. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { prepareModel } from '../../../src/pipeline/model/prepare.ts'
import { makeFolder, prepareDefault } from '../prepared.ts'

const { model, options, prepared } = await prepareDefault({ calibrationImages: 2, effort: 'fast' })

test.each([true, false])(
  'each has the model, and nothing half-made is left; with a cache: %s',
  async (cache) => {
    const out = makeFolder()
    const own = { ...options, techniques: ['mse-scales', 'bias-correction'] as const }
    const all = await Promise.all([1, 2, 3].map(() => prepareModel(model, own, { out, cache }, silent)))
    expect(new Set(all.map(({ hash }) => hash)).size).toBe(1)
    expect(all[0]!.hash).not.toBe(prepared.hash)
    // Those that waited for the first take what it made.
    expect(all.filter(({ cached }) => cached)).toHaveLength(cache ? 2 : 0)
    const left = readdirSync(join(out, 'cache', 'quantised')).map((name) => name.replace(/^[^.]*/, ''))
    expect(left.sort()).toEqual(['.assay', '.json', '.sha256'])
  },
)
