import { readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkJson } from '../../../src/input/schema.ts'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { recordRun } from '../../../src/pipeline/model/run-record.ts'
import { decodeRecord } from '../../../src/pipeline/validate/cache.ts'
import { runStages } from '../../../src/pipeline/validate/run.ts'
import { sweepBits } from '../../../src/pipeline/validate/sweep.ts'
import { type ValidationRequest, validate } from '../../../src/pipeline/validate/validation.ts'
import { readEnvironment } from '../../../src/process/environment.ts'
import { accuracySchema } from '../../../src/result/accuracy.ts'
import { DEFAULT_ENGINE } from '../../../src/rom/parameters.ts'
import { alignClasses } from '../../../src/validate/align-classes.ts'
import type { Dataset } from '../../../src/validate/dataset.ts'
import { evaluate } from '../../../src/validate/evaluate.ts'
import { loadDataset } from '../../../src/validate/load-dataset.ts'
import { toFigures } from '../../../src/validate/summarise.ts'
import { repositoryPath } from '../../checkpoint/shared-data.ts'
import { parseCocoDetections } from '../../validate/coco-detections.ts'
import { makeFolder, prepareDefault } from '../prepared.ts'

const { model, options, prepared } = await prepareDefault()
const folder = makeFolder()
const annotations = repositoryPath('golden/default/val/instances.json')
const dataset = alignClasses(await loadDataset(annotations), model.graph.head.classes, annotations)

const firstImages = (count: number): Dataset => {
  const images = dataset.images.slice(0, count)
  const kept = new Set(images.map(({ id }) => id))
  return { ...dataset, images, annotations: dataset.annotations.filter(({ imageId }) => kept.has(imageId)) }
}

const request = (changes: Partial<ValidationRequest> = {}): ValidationRequest => ({
  stages: ['float', 'unfused', 'quantised', 'full'],
  dataset: firstImages(4),
  model,
  prepared,
  options,
  modelName: 'shapes.pt',
  dataName: 'val',
  engine: { ...DEFAULT_ENGINE, tableBits: options.tableBits },
  choices: [
    { confidence: 0.001, iou: 0.7, maxDetections: 300, multiLabel: true },
    { confidence: 0.25, iou: 0.7, maxDetections: 300, multiLabel: false },
  ],
  folder: join(folder, 'run'),
  cacheDir: join(folder, 'cache'),
  models: join(folder, 'cache', 'verilator'),
  cache: true,
  jobs: 1,
  replicates: 50,
  seed: 1,
  environment: readEnvironment(),
  pictures: [],
  ...changes,
})

describe('validate on the embedded model', () => {
  test('float gives what pycocotools gave for the checkpoint', async () => {
    const result = await validate(request({ dataset, stages: ['float'], jobs: 2 }), silent)
    const [float] = result.stages
    // golden/default/PROVENANCE.md: 0.847 and 0.949 on all 96 images, of boxes that were not clipped to the picture.
    expect(result.images).toBe(96)
    expect(result.objects).toBe(426)
    expect(Math.abs(float!.map! - 0.847)).toBeLessThan(0.002)
    expect(Math.abs(float!.map50! - 0.949)).toBeLessThan(0.002)
    expect(float!.difference).toBeNull()
  })

  test('folding batch norms changes nothing that can be seen, q_NMS next to nothing', async () => {
    const { stages, pairs, verdict } = await validate(request(), silent)
    expect(stages.map(({ stage }) => stage)).toEqual(['float', 'unfused', 'quantised', 'full'])
    const [folding, suppression] = pairs
    expect(folding).toMatchObject({ name: 'folding', first: 'unfused', second: 'fused' })
    expect(Math.abs(folding!.difference)).toBeLessThan(1e-4)
    expect(suppression).toMatchObject({ name: 'q_NMS', first: 'quantised', second: 'full' })
    expect(Math.abs(suppression!.difference)).toBeLessThan(0.01)
    expect(verdict).toBe('not run')
  })

  test('saved detections measure the same again, beside the annotations', async () => {
    const own = { stages: ['float', 'full'] as const, saveDetections: true, folder: join(folder, 'saved') }
    const result = await validate(request(own), silent)
    const [truth, ...files] = result.detections!
    expect([truth, ...files].map((path) => basename(path!))).toEqual([
      ...['instances.json', 'detections-float.json', 'detections-full.json'],
    ])
    const again = await loadDataset(truth!, { imageFolder: repositoryPath('golden/default/val') })
    for (const [index, path] of files.entries()) {
      const detections = parseCocoDetections(JSON.parse(await readFile(path, 'utf8')), again, path)
      const { map, map50 } = toFigures(await evaluate(again, detections))
      expect({ map, map50 }).toEqual({ map: result.stages[index]!.map, map50: result.stages[index]!.map50 })
    }
    // A run of another data set that saves none leaves none of this one, whichever way it ends.
    const other = { ...own, dataset: firstImages(2), stages: ['float'] as const }
    await expect(validate(request({ ...other, saveDetections: false }), silent)).resolves.not.toHaveProperty(
      'detections',
    )
    expect(await readdir(join(own.folder, 'validate'))).toEqual(['validate.json'])
  })

  test('the result records how the model was quantised, as its manifest does', async () => {
    const { run } = await validate(request({ stages: ['full'] }), silent)
    const record = await recordRun('validate', model, prepared, options)
    expect(run).toEqual(record)
    expect(record.inputs.calibration).toHaveLength(8)
    expect(record.options).toMatchObject({ effort: 'fast', observer: 'mse', scope: 'all', overrides: {} })
    const path = join(folder, 'run', 'validate', 'validate.json')
    expect(checkJson(accuracySchema, await readFile(path, 'utf8'), path).run).toEqual(record)
    const float = { stages: ['float'] as const, prepared: null, options: null }
    expect((await validate(request(float), silent)).run).toBeNull()
  })

  test('pictures that the ranges come from are named', async () => {
    const [image] = dataset.images
    const calibrated = { ...prepared, calibration: [image!.path] }
    const { findings } = await validate(request({ prepared: calibrated, stages: ['full'] }), silent)
    expect(findings).toMatchObject([{ kind: 'picture-calibrated-on', count: 1, examples: [image!.fileName] }])
  })

  test('the second table holds boxes of at least its confidence', async () => {
    const finished = await runStages(request(), silent)
    for (const stage of ['float', 'full'] as const) {
      const { boxes } = await finished.read(stage, 0)
      const scores = boxes.map((packed) => packed.filter((_, index) => index % 6 === 4))
      expect(scores).toHaveLength(2)
      expect(Math.min(...scores[0]!)).toBeLessThan(0.25)
      expect(Math.min(...scores[1]!)).toBeGreaterThan(0.25)
      expect(scores[1]!.length).toBeGreaterThan(0)
    }
  })

  test('finished images are not run again, a broken file is', async () => {
    const own = { cacheDir: join(folder, 'resume'), stages: ['full'] as const }
    const first = await runStages(request({ ...own, dataset: firstImages(3) }), silent)
    const more = await runStages(request({ ...own, dataset: firstImages(5) }), silent)
    const again = await runStages(request({ ...own, dataset: firstImages(5) }), silent)
    expect([first.ran, more.ran, again.ran]).toEqual([3, 2, 0])
    const [stage] = await readdir(join(own.cacheDir, 'validate'))
    const [name] = await readdir(join(own.cacheDir, 'validate', stage!))
    const path = join(own.cacheDir, 'validate', stage!, name!)
    const whole = await readFile(path)
    await writeFile(path, whole.subarray(0, whole.length - 4))
    const mended = await runStages(request({ ...own, dataset: firstImages(5) }), silent)
    expect(mended.ran).toBe(1)
    expect(decodeRecord(await readFile(path))?.boxes).toEqual(decodeRecord(whole)?.boxes)
    const forced = await runStages(request({ ...own, dataset: firstImages(2), cache: false }), silent)
    expect(forced.ran).toBe(2)
  })

  test('figures are kept by what they come from', async () => {
    const cacheDir = join(folder, 'figures')
    const said: string[] = []
    const progress = {
      start: (name: string) => ({
        update: (share: number, text: string) =>
          void said.push(`${name} ${text} ${share >= 0 && share <= 1}`),
        done: (text?: string) => void said.push(`${name}: ${text ?? 'done'}`),
      }),
      warn: () => {},
    }
    const run = async (changes: Partial<ValidationRequest> = {}) => {
      said.length = 0
      const own = request({ cacheDir, stages: ['float', 'full'], dataset: firstImages(3), ...changes })
      const { seconds, ...result } = await validate(own, progress)
      expect(seconds).toBeGreaterThan(0)
      return { result, evaluated: said.filter((text) => text.startsWith('evaluate:')) }
    }
    const first = await run()
    expect(first.evaluated).toEqual(['evaluate: done'])
    expect(said).toContain('evaluate full at confidence 0.25 true')
    const again = await run()
    expect(again.evaluated).toEqual(['evaluate: 4 of 4 were finished before'])
    expect(again.result).toEqual(first.result)
    const moved = firstImages(3)
    const [object, ...others] = moved.annotations
    const annotations = [{ ...object!, area: object!.area + 1 }, ...others]
    for (const changes of [
      { seed: 2 },
      { replicates: 51 },
      { dataset: { ...moved, annotations } },
      { cache: false },
    ])
      expect((await run(changes)).evaluated).toEqual(['evaluate: done'])
    expect((await run({ stages: ['full', 'unfused'] })).evaluated).toEqual([
      'evaluate: 2 of 4 were finished before',
    ])
    const at = join(cacheDir, 'validate', 'figures')
    for (const name of await readdir(at)) {
      const text = await readFile(join(at, name), 'utf8')
      await writeFile(join(at, name), text.replace('"map":0.', '"map":0.1'))
    }
    const mended = await run()
    expect(mended.evaluated).toEqual(['evaluate: done'])
    expect(mended.result).toEqual(first.result)
  })

  test('another confidence does not find the boxes of this one', async () => {
    const own = { cacheDir: join(folder, 'options'), stages: ['full'] as const, dataset: firstImages(2) }
    const [low, matched] = request().choices
    const first = await runStages(request(own), silent)
    const second = await runStages(
      request({ ...own, choices: [{ ...low!, confidence: 0.3 }, matched!] }),
      silent,
    )
    expect(second.ran).toBe(2)
    const count = async (run: typeof first) => (await run.read('full', 0)).boxes[0]!.length
    expect(await count(second)).toBeLessThan(await count(first))
  })

  test('a capacity that is too small is told', async () => {
    const own = { stages: ['full'] as const, dataset: firstImages(2) }
    const run = (capacity: number) =>
      validate(request({ ...own, engine: { ...request().engine, capacity } }), silent)
    const { overflows, mostCandidates = 0 } = await run(3)
    expect(overflows).toBe(2)
    expect(mostCandidates).toBeGreaterThan(3)
    // It is the number that holds all, and one less is not.
    expect(await run(mostCandidates)).toMatchObject({ overflows: 0, mostCandidates })
    expect((await run(mostCandidates - 1)).overflows).toBeGreaterThan(0)
  })

  test('pictures of another size than the annotations end the run', async () => {
    const [first, ...others] = firstImages(2).images
    const images = [{ ...first!, width: 170 }, ...others]
    await expect(validate(request({ dataset: { ...firstImages(2), images } }), silent)).rejects.toMatchObject(
      {
        name: 'InputError',
        message: expect.stringMatching(/1 of 2 pictures .*000000\.png is 160x160, annotated as 170x160/),
      },
    )
  })

  test('a picture that cannot be decoded is left out, counted and named; the others keep their boxes', async () => {
    const path = join(folder, 'broken.png')
    const whole = await readFile(dataset.images[0]!.path)
    await writeFile(path, whole.subarray(0, whole.length >> 1))
    const all = firstImages(4)
    // Cut in its pixels, and in its header.
    await writeFile(join(folder, 'header.png'), whole.subarray(0, 20))
    const images = all.images.map((image, index) =>
      index === 1 ? { ...image, path } : index === 2 ? { ...image, path: join(folder, 'header.png') } : image,
    )
    const own = { cacheDir: join(folder, 'broken'), stages: ['full'] as const, jobs: 1 }
    const part = await runStages(request({ ...own, dataset: { ...all, images } }), silent)
    expect(part.dataset.images.map(({ id }) => id)).toEqual([all.images[0]!.id, all.images[3]!.id])
    expect(part.dataset.findings.filter(({ kind }) => kind === 'picture-unreadable')).toMatchObject([
      { count: 2 },
    ])
    const rest = await runStages(request({ ...own, dataset: all }), silent)
    expect(rest.ran).toBe(2)
    for (const [before, after] of [
      [0, 0],
      [1, 3],
    ] as const)
      expect((await part.read('full', before)).boxes).toEqual((await rest.read('full', after)).boxes)
    const { pictures } = await validate(
      request({ ...own, dataset: { ...all, images }, pictures: [3] }),
      silent,
    )
    expect(pictures).toEqual([expect.stringContaining('000003.png')])
    const broken = { ...all, images: [images[1]!] }
    await expect(runStages(request({ ...own, dataset: broken }), silent)).rejects.toThrow(
      /broken\.png: none of the 1 pictures can be decoded/,
    )
  })

  test('one that dies leaves no result of the one before', async () => {
    const own = { folder: join(folder, 'dies'), stages: ['full'] as const, dataset: firstImages(1) }
    await validate(request(own), silent)
    const written = async (): Promise<boolean> =>
      (await readdir(join(own.folder, 'validate'))).includes('validate.json')
    expect(await written()).toBe(true)
    const images = own.dataset.images.map((image) => ({ ...image, path: join(folder, 'gone.png') }))
    await expect(validate(request({ ...own, dataset: { ...own.dataset, images } }), silent)).rejects.toThrow(
      /gone\.png/,
    )
    expect(await written()).toBe(false)
  })

  test('a sweep leaves what was measured before where it is', async () => {
    const own = request({ dataset: firstImages(3), stages: ['full'] })
    await validate(own, silent)
    const path = join(own.folder, 'validate', 'validate.json')
    const before = await readFile(path, 'utf8')
    const at = join(folder, 'sweep')
    const { points, floatMap, floatBytes } = await sweepBits([{ ...own, prepared }], at, silent)
    expect(await readFile(path, 'utf8')).toBe(before)
    expect(points).toMatchObject([{ weightBits: 8, activationBits: 8 }])
    expect(points[0]!.map).toBe(checkJson(accuracySchema, before, path).stages[0]!.map)
    expect(points[0]!.difference).toBeCloseTo(points[0]!.map! - floatMap!, 6)
    expect(points[0]!.bytes).toBeLessThan(0.3 * floatBytes)
    expect(await readFile(join(at, 'sweep.svg'), 'utf8')).toContain('>W8A8</text>')
  })

  test('pictures show float and integer boxes', async () => {
    const { pictures } = await validate(request({ pictures: [1] }), silent)
    expect(pictures).toEqual([join(folder, 'run', 'validate', '000001.png')])
    const png = await readFile(pictures[0]!)
    expect(png.subarray(1, 4).toString()).toBe('PNG')
    // Two pictures of 160 pixels and three gaps of 8.
    expect(png.readUInt32BE(16)).toBe(2 * 160 + 3 * 8)
  })
})
