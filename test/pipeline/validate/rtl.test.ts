import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { chooseNms } from '../../../src/pipeline/model/engine-choice.ts'
import { prepareRtl } from '../../../src/pipeline/validate/rtl.ts'
import { openStages } from '../../../src/pipeline/validate/stages.ts'
import { readEnvironment } from '../../../src/process/environment.ts'
import { DEFAULT_ENGINE } from '../../../src/rom/parameters.ts'
import { openDut } from '../../../src/simulate/index.ts'
import { repositoryPath } from '../../checkpoint/shared-data.ts'
import { makeFolder, prepareDefault } from '../prepared.ts'

const { options, prepared } = await prepareDefault()
const folder = makeFolder()

test('the RTL gives the boxes of both operating points, image after image, and is caught where it does not', async () => {
  const choices = [
    { confidence: 0.001, iou: 0.7, maxDetections: 300, multiLabel: true },
    { confidence: 0.25, iou: 0.7, maxDetections: 300, multiLabel: false },
  ]
  const engine = { ...DEFAULT_ENGINE, tableBits: options.tableBits }
  const nms = choices.map((choice) => chooseNms(prepared.integer, engine, choice))
  const request = {
    graph: prepared.integer,
    engine,
    nms,
    modelId: prepared.modelId,
    modelName: 'shapes.pt',
    folder: join(folder, 'roms'),
    cacheDir: repositoryPath('build/cache/verilator'),
    environment: readEnvironment(),
  }
  const rtl = await prepareRtl(request, silent)
  // RTL of a folder of one's own: its sources, and what they include from there.
  const rtlFolder = join(folder, 'rtl')
  await cp(repositoryPath('rtl'), rtlFolder, { recursive: true })
  const copied = await prepareRtl({ ...request, rtl: rtlFolder }, silent)
  expect(copied.options.sources.length).toBe(rtl.options.sources.length)
  const own = copied.options.sources.filter((source) => source.endsWith('.sv'))
  expect(own.length).toBeGreaterThan(10)
  for (const source of own) expect(source.startsWith(rtlFolder)).toBe(true)
  expect(copied.options.includeDirs).toEqual([rtlFolder])
  await expect(prepareRtl({ ...request, rtl: folder }, silent)).rejects.toThrow(/rtl\.f: no such file/)
  // The tap would record every word of every image, and nobody takes them.
  await using dut = openDut(rtl.built, rtl.options)
  expect(() => dut.stream('tap')).toThrow(/streams are host$/)
  const setup = {
    kind: 'stages',
    unfused: null,
    fused: null,
    integer: prepared.integer,
    choices,
    nms,
    rtl,
  } as const
  await using stages = await openStages(setup)
  const run = (name: string) =>
    stages.run({ path: repositoryPath(`golden/default/val/${name}.png`), stages: ['full', 'rtl'] })
  for (const name of ['000000', '000007', '000000']) {
    const { full, rtl: own } = await run(name)
    expect(own!.mismatch).toBeNull()
    expect(own!.boxes).toEqual(full!.boxes)
    expect(own!.boxes.map((packed) => packed.length > 0)).toEqual([true, true])
    expect(own!.boxes[0]!.length).toBeGreaterThan(own!.boxes[1]!.length)
    expect(own!.cycles).toBeGreaterThan(50_000)
  }

  // The model expects another suppression than the program's: the boxes must differ, and that must be said.
  const other = nms.map((options) => ({ ...options, iouThreshold: 100 }))
  await using wrong = await openStages({ ...setup, nms: other })
  const { rtl: caught } = await wrong.run({
    path: repositoryPath('golden/default/val/000000.png'),
    stages: ['rtl'],
  })
  expect(caught!.mismatch).toMatch(/expected \d+, received \d+; \d+ difference/)
})
