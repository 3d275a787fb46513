/**
 * `make synth`: Yosys looks for latches and loops in the detector, maps it at a small size, every module of rtl/ by itself, and the tables go
 * to docs/synthesis.md.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { readSourceList } from '../pipeline/files/rtl-sources.ts'
import { toolWords } from '../process/tool-words.ts'
import { writeWhole } from '../store/files.ts'
import {
  DEFAULT_DETECTOR,
  FOLDING_WRITER,
  MEMORY_DETECTOR,
  SMALL_DETECTOR,
  WEIGHT_CACHE,
} from './synth-design.ts'
import { checkDesign, mapDesign } from './synth-map.ts'
import { renderPage, renderRows } from './synth-page.ts'
import { mapProfiles } from './synth-profiles.ts'

toolWords({ usage: 'make synth: takes no words, and writes docs/synthesis.md', options: {}, names: [] })
const home = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const page = join(home, 'docs', 'synthesis.md')
const begin = performance.now()
const log = (text: string): void => {
  process.stderr.write(`  ${((performance.now() - begin) / 1000).toFixed(0).padStart(4)} s  ${text}\n`)
}

async function synthesise(scratch: string): Promise<void> {
  const sources = await readSourceList()
  const order = sources.map((path) => basename(path, '.sv')).filter((name) => !name.endsWith('_pkg'))
  const { stdout: version } = await execa('yosys', ['-V'])
  log('the detector at its default size')
  await checkDesign(DEFAULT_DETECTOR, sources, scratch, log)
  log('the detector with its weights in a memory')
  await checkDesign(MEMORY_DETECTOR, sources, scratch, log)
  log('the detector at a small size')
  await checkDesign(SMALL_DETECTOR, sources, scratch, log)
  const mapped = await mapDesign(SMALL_DETECTOR, sources, scratch, log)
  log('the buffer of weights')
  const cache = await mapDesign(WEIGHT_CACHE, sources, scratch, log)
  const modules = [...mapped.modules, ...cache.modules]
  const missing = order.filter((name) => !modules.some((module) => module.name === name))
  if (missing.length > 0)
    throw new Error(
      `${missing.join(', ')} of rtl/rtl.f is not in detector_axi: take it from the list, or use it`,
    )
  log('the writer of pictures with 2x2 pixels in a word')
  const writer = await mapDesign(FOLDING_WRITER, sources, scratch, log)
  const profiles = await mapProfiles(sources, scratch, log)
  await writeWhole(page, renderPage(mapped, { writer, cache }, order, version.split(' (')[0]!, profiles))
  log(`written: ${relative(home, page)}`)
  process.stdout.write(`${renderRows(mapped, order).join('\n')}\n`)
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
