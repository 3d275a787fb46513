/** `roms/` holds one set: files of another array or model do not stay beside new ones, and a set that fails changes nothing. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { PROFILES } from '../../../src/arithmetic/built-in.ts'
import { SystemError } from '../../../src/input/system-error.ts'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { type RunRecord, recordRun } from '../../../src/pipeline/model/run-record.ts'
import { writePlainRoms } from '../../../src/pipeline/roms/exports.ts'
import { checkRomFiles } from '../../../src/pipeline/roms/files.ts'
import { type MoreRoms, writeRomFiles, writeRoms } from '../../../src/pipeline/roms/write.ts'
import { emitRoms, type RomSet } from '../../../src/rom/emit.ts'
import { ROM_FORMATS, type RomFormatId } from '../../../src/rom/formats/formats.ts'
import { DEFAULT_ENGINE } from '../../../src/rom/parameters.ts'
import { packWords } from '../../../src/rom/plain.ts'
import { randomGraph } from '../../golden/random-graph.ts'
import { withProfile } from '../../golden/with-profile.ts'
import { hearNotices } from '../../store/heard-notices.ts'
import { testWith } from '../../witness.ts'
import { makeFolder, prepareDefault } from '../prepared.ts'

const ALL = (Object.keys(ROM_FORMATS) as RomFormatId[]).filter((format) => format !== 'readmemh')
const MEM = [
  'head.mem',
  'manifest.json',
  'params.mem',
  'program.mem',
  'program.txt',
  'tables.mem',
  'weights.mem',
]
const TOP = ['assay_detector.sv', 'assay_detector_axi.sv', 'assay_roms_pkg.sv', 'weights.bin']

const emit = (side: number, modelId = 7, seed = 3): RomSet => {
  const graph = randomGraph({ seed, tableBits: 10 })
  const engine = { ...DEFAULT_ENGINE, inputLanes: side, outputLanes: side, pixels: 2, tableBits: 10 }
  const nms = { minCode: 128, iouThreshold: 717, capacity: 1024, maxDetections: 300, multiLabel: false }
  return emitRoms(graph, engine, modelId, nms)
}

const said = hearNotices()
let record: RunRecord
beforeAll(async () => {
  const { model, prepared, options } = await prepareDefault()
  record = await recordRun('roms', model, prepared, options)
})
const more = (formats: readonly RomFormatId[]): MoreRoms => ({ scheme: 'W8A8', formats, record })
const write = (folder: string, roms: RomSet, formats: readonly RomFormatId[]) =>
  writeRoms(folder, roms, 'net.pt', more(formats), silent)

test('the manifest names the profile of arithmetic, unless it is the usual one', async () => {
  const profile = PROFILES.find(({ name }) => name === 'tflite')!
  const graph = withProfile(randomGraph({ seed: 3, tableBits: 10 }), profile)
  const { engine } = emit(8)
  const nms = { minCode: 128, iouThreshold: 717, capacity: 1024, maxDetections: 300, multiLabel: false }
  const [own, usual] = [makeFolder(), makeFolder()]
  const roms = emitRoms(graph, engine, 7, nms)
  await writeRomFiles(own, roms, 'net.pt')
  await writeRomFiles(usual, emit(8), 'net.pt')
  const read = (folder: string): unknown => JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
  expect(read(own)).toMatchObject({ profile: 'tflite' })
  expect(read(usual)).not.toHaveProperty('profile')
  await expect(checkRomFiles(own, roms)).resolves.toBeUndefined()
})

test('the list of the files records the engine that they are for', async () => {
  const folder = makeFolder()
  const roms = emit(16)
  await write(folder, roms, ['xilinx-coe'])
  const list = JSON.parse(readFileSync(join(folder, 'engine.json'), 'utf8'))
  expect(list).toMatchObject({ engine: roms.engine, layout: 'engine', model: record.model })
})

test.each([
  ['of another array', emit(8)],
  ['of another model', emit(16, 8)],
  ['with another program', emit(16, 7, 4)],
] as const)(
  'a set %s takes the place of the whole former one, but for files of a user',
  async (what, next) => {
    const folder = makeFolder()
    await write(folder, emit(16), ALL)
    const own = ['notes.txt', 'xilinx-coe/mine.coe', 'my_pkg.sv']
    for (const name of own) writeFileSync(join(folder, name), 'mine')
    const { exports } = await write(folder, emit(16), ['xilinx-coe'])
    expect(existsSync(join(folder, 'intel-mif/weights.mif'))).toBe(true)
    expect(said).toEqual([])
    const before = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((at) => at.isFile())
    await write(folder, next, [])
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(
      [...MEM, ...TOP, ...own, 'xilinx-coe'].sort(),
    )
    const removed = before.length - MEM.length - TOP.length - own.length
    expect(removed).toBeGreaterThan(exports!.files.length + 1)
    const more = what === 'with another program' ? `, ${what}` : ''
    expect(said).toEqual([
      `${folder}: removed ${removed} files of model 00000007, array 16x16x2, W8A8P10${more}`,
    ])
  },
)

test('what the simulation writes does not lie beside a package of another array', async () => {
  const folder = makeFolder()
  await write(folder, emit(16), [])
  await writeRomFiles(folder, emit(16), 'net.pt')
  expect(readdirSync(folder).sort()).toEqual([...MEM, ...TOP].sort())
  await writeRomFiles(folder, emit(8), 'net.pt')
  expect(readdirSync(folder).sort()).toEqual(MEM)
  expect(said).toEqual([`${folder}: removed 4 files of model 00000007, array 16x16x2, W8A8P10`])
})

test('without a manifest nobody knows of what the files are, so they go', async () => {
  const folder = makeFolder()
  await write(folder, emit(16), ['intel-mif'])
  rmSync(join(folder, 'manifest.json'))
  await writeRomFiles(folder, emit(16), 'net.pt')
  expect(readdirSync(folder).sort()).toEqual(MEM)
  expect(said).toEqual([`${folder}: removed 10 files of an earlier run`])
})

test('plain ROMs of another model go, too', async () => {
  const folder = makeFolder()
  const roms = [packWords('a', 4, [1])]
  await writePlainRoms(folder, { roms, formats: ['xilinx-coe', 'intel-mif'], record }, silent)
  await writePlainRoms(folder, { roms, formats: ['intel-hex'], record }, silent)
  expect(readdirSync(folder).sort()).toEqual(['intel-hex', 'intel-mif', 'plain.json', 'xilinx-coe'])
  const other = { ...record, model: { ...record.model, id: '00000008' } }
  await writePlainRoms(folder, { roms, formats: ['intel-hex'], record: other }, silent)
  expect(readdirSync(folder).sort()).toEqual(['intel-hex', 'plain.json'])
  expect(said).toEqual([`${folder}: removed 2 files of model ${record.model.id}`])
})

testWith('the right to mount a tmpfs', 'a disk that is full keeps the former set, whole', async () => {
  const disk = makeFolder()
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk], { stdio: 'ignore' })
  try {
    const folder = join(disk, 'roms')
    await write(folder, emit(8), [])
    const files = (): readonly string[] =>
      [...MEM, ...TOP].map((name) => readFileSync(join(folder, name), 'utf8'))
    const before = files()
    const { bavail, bsize } = statfsSync(disk)
    writeFileSync(join(disk, 'others'), Buffer.alloc(bavail * bsize - 64 * 1024))
    const full = await write(folder, emit(16), ALL).catch((reason: unknown) => reason)
    expect(full).toBeInstanceOf(SystemError)
    expect((full as Error).message).toMatch(/: the disk is full\. Nothing was changed\. Free some space/)
    const left = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((at) => at.isFile())
    expect(left.map(({ name }) => name).sort()).toEqual([...MEM, ...TOP].sort())
    expect(files()).toEqual(before)
  } finally {
    execFileSync('umount', [disk])
  }
})
