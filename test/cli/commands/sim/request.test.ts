/** Yesterday's proof answers for the same request alone: every option that decides a result is part of its key. */
import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { SimArguments } from '../../../../src/cli/commands/sim/options.ts'
import { describeRequest, listWatched } from '../../../../src/cli/commands/sim/request.ts'
import { findOrSimulate } from '../../../../src/cli/commands/sim/run.ts'
import { simCommand } from '../../../../src/cli/commands/sim/sim.ts'
import { readArguments } from '../../../../src/cli/options/read-arguments.ts'
import { readOrigin } from '../../../../src/pipeline/files/origin.ts'
import { type Progress, silent } from '../../../../src/pipeline/files/progress.ts'
import { writeFrozen } from '../../../../src/pipeline/golden/frozen-set.ts'
import { keyRun } from '../../../../src/pipeline/proof/proved-run.ts'
import { readEnvironment } from '../../../../src/process/environment.ts'
import { sha256 } from '../../../../src/store/hash.ts'
import { makeFolder } from '../../../pipeline/prepared.ts'
import { DEFAULT_CALIBRATION, DEFAULT_IMAGE, DEFAULT_MODEL } from '../../../pipeline/shared-data.ts'
import { makeBench } from '../../../pipeline/small-network.ts'
import { shareModels } from '../../share-models.ts'

const { declarations } = simCommand
const folder = makeFolder()
const image = join(folder, 'image.png')
const copy = (from: string, name: string): string => {
  cpSync(from, join(folder, name), { recursive: true })
  return join(folder, name)
}
copy(DEFAULT_IMAGE, 'image.png')
writeFileSync(join(folder, 'options.json'), '{}')

const readSim = (given: Readonly<Record<string, unknown>>): SimArguments =>
  readArguments('sim', declarations, given, []) as unknown as SimArguments
const store = { folder: '', programHash: 'p' }
const environment = readEnvironment()
const keyOf = async (given: Readonly<Record<string, unknown>>): Promise<string> => {
  const args = readSim(given.frozen === undefined ? { image, ...given } : given)
  return keyRun(store, await describeRequest(args), environment)
}

/** These decide neither a result nor where it goes. */
const WITHOUT = ['cache', 'json', 'jobs', 'quiet', 'watch', 'report', 'prepare', 'progress-file']
const names = Object.keys(declarations)
const files: Readonly<Record<string, unknown>> = {
  model: DEFAULT_MODEL,
  image: copy(DEFAULT_IMAGE, 'other.png'),
  calibration: copy(DEFAULT_CALIBRATION, 'calibration'),
  rtl: copy('rtl', 'rtl'),
  config: join(folder, 'options.json'),
  confidence: 0.5,
  iou: 0.5,
  size: '320',
  techniques: 'none',
  array: '8x8x2',
  shard: '1/2',
  seeds: '1,2',
}

/** A value that is not the default. */
function otherValue(name: string): unknown {
  const { type, choices, default: value, range = [0, 1] } = declarations[name]!
  if (name in files) return files[name]
  if (choices !== undefined) return choices.find((choice) => choice !== value)
  if (type === 'boolean') return value !== true
  return type === 'number' ? (value === range[0] ? range[1] : Math.max(range[0], 8)) : 'other'
}

describe('the key of a run', () => {
  test.each(names.filter((name) => !WITHOUT.includes(name) && name !== 'frozen'))(
    '--%s is part of it',
    async (name) => {
      const value = otherValue(name)
      expect(value).not.toBe(declarations[name]!.default)
      const [without, given] =
        name === 'model'
          ? [{ calibration: files.calibration }, { model: value, calibration: files.calibration }]
          : [{}, { [name]: value }]
      expect(await keyOf(given)).not.toBe(await keyOf(without))
    },
  )

  test.each(WITHOUT)('--%s is not', async (name) => {
    const { type } = declarations[name]!
    expect(await keyOf({ [name]: type === 'string' ? 'json' : otherValue(name) })).toBe(await keyOf({}))
  })

  test.each([
    { because: 'the image', path: image, given: {} },
    {
      because: 'a picture of the calibration',
      path: join(folder, 'calibration', '000000.png'),
      given: { calibration: files.calibration },
    },
    {
      because: 'a file that an option names',
      path: join(folder, 'overrides.json'),
      given: { overrides: join(folder, 'overrides.json') },
    },
  ])('so is the content of $because', async ({ path, given }) => {
    writeFileSync(join(folder, 'overrides.json'), '{}')
    const before = await keyOf(given)
    writeFileSync(path, `${readFileSync(path, 'latin1')} `, 'latin1')
    expect(await keyOf(given)).not.toBe(before)
  })
})

describe('the key of a run on a frozen set', () => {
  const set = join(folder, 'set')
  beforeAll(async () => {
    const { rtl, graph, golden } = makeBench()
    const own = new Map([...golden].filter(([name]) => graph.nodes.some((node) => node.name === name)))
    const about = {
      ...{ model: 'small.pt', tableBits: 10, nms: rtl.nms },
      ...{ image: { file: 'x.png', sha256: sha256('x') }, boxes: null },
    }
    await writeFrozen(set, graph, own, about, new Set(['stem']))
  })

  test('names the set', async () => {
    const other = copy(set, 'other set')
    expect(await keyOf({ frozen: set })).not.toBe(await keyOf({}))
    expect(await keyOf({ frozen: set })).not.toBe(await keyOf({ frozen: other }))
  })

  test.each(['frozen.json', 'graph.assay', 'layers/stem.npy'])('rests on its %s', async (file) => {
    const before = await keyOf({ frozen: set })
    appendFileSync(join(set, file), ' ')
    expect(await keyOf({ frozen: set })).not.toBe(before)
  })
})

describe('a run', () => {
  const out = makeFolder()
  /** What a run says of itself: the verdict, whether its layer was proved before, and what it began to do. */
  async function simulate(given: Readonly<Record<string, unknown>> = {}, onStart = () => {}) {
    const begun: string[] = []
    const progress: Progress = {
      ...silent,
      start: (what) => {
        begun.push(what)
        onStart()
        return silent.start(what)
      },
    }
    const few = { layers: 'model.22.cv2.2.2', array: '8x8x2', 'calibration-images': 4, pictures: false }
    const args = readSim({ image, out, ...few, stimulus: 'image', ...given })
    const { verdict, layers } = await findOrSimulate({
      args,
      environment,
      progress,
      origin: readOrigin({ command: [] }),
    })
    return { verdict, before: layers.map(({ evidence }) => evidence?.before), begun }
  }

  beforeAll(() => shareModels(out))

  test('is not made again where nothing changed, and made where anything did', async () => {
    const first = await simulate()
    expect(first).toMatchObject({ verdict: 'exact', before: [false] })
    expect(first.begun).toContain('simulate each layer from its golden input')
    expect(await simulate()).toEqual({ verdict: 'exact', before: [true], begun: [] })
    // The threshold is a word of the program, which any layer may read.
    expect((await simulate({ iou: 0.5 })).before).toEqual([false])
    expect((await simulate({ iou: 0.5 })).begun).toEqual([])
    // Its ROM files are there no more; its layer is proved all the same.
    expect((await simulate()).before).toEqual([true])
  })

  test('for which the image was saved after it was looked up proves nothing of the image that was there', async () => {
    const own = copy(DEFAULT_IMAGE, 'saved.png')
    const before = readFileSync(own)
    const { begun } = await simulate({ image: own }, () =>
      cpSync(join(DEFAULT_IMAGE, '..', '000001.png'), own),
    )
    expect(begun.length).toBeGreaterThan(1)
    writeFileSync(own, before)
    expect((await simulate({ image: own })).begun).toContain('simulate each layer from its golden input')
  })
})

describe('what --watch watches', () => {
  test('RTL with its list and what it may include, the model, the image, and files that options name', async () => {
    const rtl = copy('rtl', 'watched')
    for (const [name, text] of [
      ['rtl.f', 'missing.sv\nrom.sv\n'],
      ['part.svh', ''],
      ['notes.txt', ''],
    ] as const)
      writeFileSync(join(rtl, name), text)
    const overrides = join(folder, 'overrides.json')
    const args = readSim({ image, model: DEFAULT_MODEL, calibration: DEFAULT_CALIBRATION, overrides, rtl })
    const watched = await listWatched(args)
    for (const path of [image, DEFAULT_MODEL, overrides]) expect(watched).toContain(path)
    for (const name of ['rtl.f', 'missing.sv', 'rom.sv', 'part.svh'])
      expect(watched).toContain(join(rtl, name))
    expect(watched.filter((path) => path.startsWith(DEFAULT_CALIBRATION)).length).toBeGreaterThan(1)
    expect(watched).not.toContain(join(rtl, 'notes.txt'))
  })

  test('also where nothing is there yet', async () => {
    const [model, rtl] = [join(folder, 'none.pt'), join(folder, 'none')]
    const watched = await listWatched(readSim({ image, model, rtl }))
    expect(watched).toEqual(expect.arrayContaining([model, image, join(rtl, 'rtl.f')]))
  })
})
