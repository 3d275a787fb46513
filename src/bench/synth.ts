/**
 * `make synth`: Yosys looks for latches and loops in the detector, maps it at a small size, every module of rtl/ by itself, and finds the slowest
 * paths; nextpnr, where it is installed, places and routes the modules that fit a small device. The tables go to docs/synthesis.md.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { readSourceList } from '../pipeline/files/rtl-sources.ts'
import { toolWords } from '../process/tool-words.ts'
import { writeWhole } from '../store/files.ts'
import {
  DEFAULT_DETECTOR,
  type Design,
  FOLDING_WRITER,
  ICE40_DESIGNS,
  MEMORY_DETECTOR,
  SMALL_DETECTOR,
  WEIGHT_CACHE,
} from './synth-design.ts'
import { findNextpnr, placeAndRoute, type Speed } from './synth-ice40.ts'
import { checkDesign, mapDesign } from './synth-map.ts'
import { mapLargeMemories } from './synth-memories.ts'
import { renderPage, renderRows } from './synth-page.ts'
import { mapProducts } from './synth-products.ts'
import { mapProfiles } from './synth-profiles.ts'
import { judge, makeRecord, nextRecord, readRecord, renderRecord, type SynthRecord } from './synth-record.ts'
import { findPaths } from './synth-timing.ts'

const usage = `make synth: writes docs/synthesis.md and docs/synthesis.json
  ARGS=--accept   record the figures also of modules that are slower than in docs/synthesis.json`
const { values } = toolWords({ usage, options: { accept: { type: 'boolean', default: false } }, names: [] })
const home = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const page = join(home, 'docs', 'synthesis.md')
const recordFile = join(home, 'docs', 'synthesis.json')
const begin = performance.now()
const log = (text: string): void => {
  process.stderr.write(`  ${((performance.now() - begin) / 1000).toFixed(0).padStart(4)} s  ${text}\n`)
}

/** A writer that folds is another machine than one that does not: it has a record of its own. */
const FOLDING = 'image_writer of 2x2 pixels'

async function readOld(): Promise<SynthRecord | null> {
  const json = await readFile(recordFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  return json === null ? null : readRecord(json, recordFile)
}

/** Looks for what no FPGA should hold, maps, and finds the slowest paths. */
async function map(sources: readonly string[], order: readonly string[], scratch: string) {
  const timed = async (design: Design) => {
    const mapped = await mapDesign(design, sources, scratch, log)
    return { mapped, paths: await findPaths(mapped, scratch, log) }
  }
  log('the detector at its default size')
  await checkDesign(DEFAULT_DETECTOR, sources, scratch, log)
  log('the detector with its weights in a memory')
  await checkDesign(MEMORY_DETECTOR, sources, scratch, log)
  log('the detector at a small size')
  await checkDesign(SMALL_DETECTOR, sources, scratch, log)
  const detector = await timed(SMALL_DETECTOR)
  log('the buffer of weights')
  const cache = await timed(WEIGHT_CACHE)
  const modules = [...detector.mapped.modules, ...cache.mapped.modules]
  const missing = order.filter((name) => !modules.some((module) => module.name === name))
  if (missing.length > 0)
    throw new Error(
      `${missing.join(', ')} of rtl/rtl.f is not in detector_axi: take it from the list, or use it`,
    )
  log('the writer of pictures with 2x2 pixels in a word')
  const writer = await timed(FOLDING_WRITER)
  const folding = writer.paths.map((path) => ({ ...path, module: FOLDING }))
  const profiles = await mapProfiles(sources, scratch, log)
  const large = await mapLargeMemories(sources, scratch, log)
  log('two products in one DSP48E2')
  const products = await mapProducts(scratch)
  const others = { cache: cache.mapped, writer: writer.mapped }
  const paths = [...detector.paths, ...cache.paths, ...folding]
  return { mapped: detector.mapped, others: { ...others, profiles, large, products }, paths }
}

/** Places and routes what is left in the list. */
async function place(
  left: Design[],
  sources: readonly string[],
  scratch: string,
  speeds: Map<string, Speed | null>,
): Promise<void> {
  for (let design = left.shift(); design !== undefined; design = left.shift()) {
    const found = await placeAndRoute(design, sources, scratch)
    log(`HX8K: ${design.top} ${found === null ? 'does not fit' : `${found.mhz.toFixed(1)} MHz`}`)
    speeds.set(design.top, found)
  }
}

/** On two cores: one maps and then helps the other, which places. Neither is left running when the other fails. */
async function mapAndPlace(
  sources: readonly string[],
  order: readonly string[],
  scratch: string,
  placed: boolean,
) {
  const left = placed ? [...ICE40_DESIGNS] : []
  const speeds = new Map<string, Speed | null>()
  const helper = (name: string) => {
    const own = join(scratch, name)
    mkdirSync(own)
    return place(left, sources, own, speeds)
  }
  const mapping = map(sources, order, scratch)
  const work = [mapping.then(() => helper('first')), helper('second')].map(async (one) => {
    try {
      await one
    } catch (error) {
      left.length = 0
      throw error
    }
  })
  await Promise.allSettled(work)
  await Promise.all(work)
  return { ...(await mapping), speeds }
}

async function synthesise(scratch: string): Promise<void> {
  const sources = await readSourceList()
  const order = sources.map((path) => basename(path, '.sv')).filter((name) => !name.endsWith('_pkg'))
  const before = await readOld()
  const yosys = (await execa('yosys', ['-V'])).stdout.split(' (')[0]!
  const nextpnr = await findNextpnr()
  if (nextpnr === null) log('nextpnr-ice40 is not installed: the MHz stay as they are')
  const placed = nextpnr !== null
  const { mapped, others, paths, speeds } = await mapAndPlace(sources, order, scratch, placed)
  const tools = placed ? [yosys, nextpnr] : [yosys]
  const measured = { paths, speeds, tools, placed }
  const now = makeRecord(measured, [...order, FOLDING], before)
  process.stdout.write(`${renderRows(mapped, order, now.modules).join('\n')}\n`)
  judge(before, now, measured, values.accept)
  await writeWhole(recordFile, renderRecord(nextRecord(before, now, values.accept)))
  const speed = { now, placed, folding: FOLDING }
  await writeWhole(page, renderPage(mapped, others, order, speed))
  log(`written: ${relative(home, page)} and ${relative(home, recordFile)}`)
}

const scratch = mkdtempSync(join(tmpdir(), 'assay-synth-'))
try {
  await synthesise(scratch)
} catch (error) {
  process.stderr.write(`make synth: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
