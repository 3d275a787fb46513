/** The RTL's own accumulator beside the one worked out by hand: equal on our RTL, and at the right place different on broken RTL. */
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { Product } from '../../../src/diff/explain-types.ts'
import { explainTarget, findTarget } from '../../../src/pipeline/explain/explain.ts'
import { parsePosition } from '../../../src/pipeline/explain/position.ts'
import { traceRtl } from '../../../src/pipeline/explain/rtl.ts'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { readSourceList } from '../../../src/pipeline/files/rtl-sources.ts'
import { chooseNms } from '../../../src/pipeline/model/engine-choice.ts'
import { loadImage, runGolden } from '../../../src/pipeline/model/golden-run.ts'
import { emitRoms } from '../../../src/rom/emit.ts'
import { DEFAULT_ENGINE } from '../../../src/rom/parameters.ts'
import { makeFolder, prepareDefault } from '../prepared.ts'
import { DEFAULT_IMAGE, VERILATOR_CACHE } from '../shared-data.ts'

const RTL = fileURLToPath(new URL('../../../rtl/', import.meta.url))
const { prepared } = await prepareDefault()
const graph = prepared.integer
/** A small array builds in seconds; 16 input lanes, so that the image is stored 2x2 pixels to a word. */
const engine = { ...DEFAULT_ENGINE, inputLanes: 16, outputLanes: 16, pixels: 2, tableBits: 10 }
const roms = emitRoms(graph, engine, prepared.modelId, chooseNms(graph, engine))
const golden = await runGolden(graph, (await loadImage(DEFAULT_IMAGE, graph)).codes, silent)
const folder = makeFolder()

const explainAt = (layer: string, at: string) =>
  explainTarget(graph, golden, findTarget(graph, layer, parsePosition(at), undefined), roms, engine)

async function trace(layer: string, at: string, sources?: readonly string[]) {
  const target = findTarget(graph, layer, parsePosition(at), undefined)
  const explained = explainAt(layer, at)
  const own = sources === undefined ? {} : { sources }
  const bench = { graph, roms, golden, folder, cacheDir: VERILATOR_CACHE, modelName: 'shapes.pt', ...own }
  return { rtl: await traceRtl(bench, target, explained, silent), explained }
}

describe('explain --rtl', () => {
  test.each([
    { layer: 'model.0', at: '0,0,0', because: 'the first pixel' },
    { layer: 'model.0', at: '5,79,79', because: 'the last pixel' },
    { layer: 'model.1', at: '3,7,12', because: 'stride 2, inside' },
    { layer: 'model.7', at: '50,4,3', because: 'a later group, an odd pixel' },
    { layer: 'model.22.cv3.1.2', at: '2,9,9', because: 'no table' },
  ])('$because: $layer at $at, every beat equal', async ({ layer, at }) => {
    const { rtl, explained } = await trace(layer, at)
    expect(rtl.first).toBeNull()
    expect(rtl.code).toBe(explained.explanation.output.code)
    expect(rtl.cycle).toBeGreaterThan(0)
    const beats = new Set(explained.products!.map(({ beat }) => beat))
    const sums = rtl.sums.filter((sum) => sum !== null)
    expect(sums).toHaveLength(beats.size)
    expect(sums.at(-1)).toBe(explained.products!.at(-1)!.sum)
  })

  test.each([
    { layer: 'model.2.m.0', at: '1,3,5' },
    { layer: 'model.9.m@2', at: '7,0,4' },
    { layer: 'model.10', at: '3,9,9' },
    { layer: 'model.22', at: '0,0,0' },
  ])('$layer has no accumulator; its code is equal', async ({ layer, at }) => {
    const { rtl, explained } = await trace(layer, at)
    expect(rtl).toMatchObject({ sums: [], first: null, code: explained.explanation.output.code })
  })

  test('a concat is refused, with the layer to look at', async () => {
    await expect(trace('model.2.concat', '20,1,1')).rejects.toThrow(
      /model\.2\.concat has no instruction.*--layer model\.2\.m\.0 --at 4,1,1/,
    )
  })

  test('an adder that drops a product is found at its beat', async () => {
    const broken = makeFolder()
    await cp(RTL, broken, { recursive: true })
    const file = join(broken, 'mac_array.sv')
    const text = await readFile(file, 'utf8')
    const from = "dot = dot + 32'(x[p*Row+j]"
    expect(text.split(from)).toHaveLength(2)
    // Codes of 100 and more are lost in lanes 1, 5, 9 and 13.
    const to = `if (i != 1 || x[p*Row+j][i*A+:A] < 100) ${from}`
    await writeFile(file, text.replace(from, to))
    const isLost = ({ lane, code, weight }: Product) => lane % 4 === 1 && code >= 100 && weight !== 0
    const at = Array.from({ length: 60 }, (_, i) => `3,${i + 10},${i + 10}`).find((place) =>
      explainAt('model.0', place).products!.some(isLost),
    )
    expect(at, 'the image must have a bright pixel').toBeDefined()
    const products = explainAt('model.0', at!).products!
    const { beat } = products.find(isLost)!
    const { sum } = products.findLast((product) => product.beat === beat)!
    const lost = products
      .filter((product) => product.beat === beat && isLost(product))
      .reduce((total, { product }) => total + product, 0)
    const { rtl } = await trace('model.0', at!, await readSourceList(join(broken, 'rtl.f')))
    expect(rtl.first).toEqual({ what: 'accumulator', beat, lane: null, expected: sum, actual: sum - lost })
  })
})
