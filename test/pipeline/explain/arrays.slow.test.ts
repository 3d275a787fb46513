/** The probe on arrays of other shapes: accumulators of four, two and one input channels, one and several of them a sum. */
import { describe, expect, test } from 'vitest'
import { explainTarget, findTarget } from '../../../src/pipeline/explain/explain.ts'
import { parsePosition } from '../../../src/pipeline/explain/position.ts'
import { traceRtl } from '../../../src/pipeline/explain/rtl.ts'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { chooseNms, parseArray } from '../../../src/pipeline/model/engine-choice.ts'
import { loadImage, runGolden } from '../../../src/pipeline/model/golden-run.ts'
import { emitRoms } from '../../../src/rom/emit.ts'
import { DEFAULT_ENGINE } from '../../../src/rom/parameters.ts'
import { makeFolder, prepareDefault } from '../prepared.ts'
import { DEFAULT_IMAGE, VERILATOR_CACHE } from '../shared-data.ts'

const { prepared } = await prepareDefault()
const graph = prepared.integer
const golden = await runGolden(graph, (await loadImage(DEFAULT_IMAGE, graph)).codes, silent)
const folder = makeFolder()

describe('explain --rtl', () => {
  test.each([
    { array: '8x8x2', accumulators: 'two of four' },
    { array: '6x12x4', accumulators: 'three of two' },
    { array: '2x4x1', accumulators: 'one of two' },
    { array: '1x1x1', accumulators: 'one of one' },
  ])('$array, $accumulators: every beat of every place equal', async ({ array }) => {
    const engine = { ...DEFAULT_ENGINE, ...parseArray(array), tableBits: 10 }
    const roms = emitRoms(graph, engine, prepared.modelId, chooseNms(graph, engine))
    const bench = { graph, roms, golden, folder, cacheDir: VERILATOR_CACHE, modelName: 'shapes.pt' }
    for (const [layer, at] of [
      ['model.0', '5,79,79'],
      ['model.7', '50,4,3'],
      ['model.22.cv3.1.2', '2,9,9'],
    ] as const) {
      const target = findTarget(graph, layer, parsePosition(at), undefined)
      const explained = explainTarget(graph, golden, target, roms, engine)
      const rtl = await traceRtl(bench, target, explained, silent)
      expect(rtl.first, `${layer} at ${at}`).toBeNull()
      expect(rtl.code).toBe(explained.explanation.output.code)
      const beats = new Set(explained.products!.map(({ beat }) => beat))
      const sums = rtl.sums.filter((sum) => sum !== null)
      expect(sums).toHaveLength(beats.size)
      expect(sums.at(-1)).toBe(explained.products!.at(-1)!.sum)
    }
  })
})
