/**
 * `make pictures`: the pictures of README.md, each of a real run on the embedded model. A run of changed RTL, which forgets to round,
 * gives the report and the waveform; a run of our own RTL gives the detections.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { execa } from 'execa'
import sharp from 'sharp'
import { readReportFile } from '../../pipeline/report/page.ts'
import type { SimResult } from '../../result/result.ts'
import { copyChanged } from '../changed-rtl.ts'
import { drawMismatch } from './mismatch.ts'

const home = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')
const build = join(home, 'build', 'pictures')
const images = join(home, 'docs', 'images')
/** Small enough for a page that shows three. */
const MOST_BYTES = 80_000
const SMALL = { palette: true, effort: 10 }

await mkdir(images, { recursive: true })
const green = await runSim('green', 0, ['--image', join(home, 'golden/default/val/000009.png')])
await write('detections.png', await enlarge(green.pictures[0]!))

const rtl = join(build, 'rtl')
await rm(rtl, { recursive: true, force: true })
await copyChanged(home, rtl, ') >> 48)')
const red = await runSim('red', 1, ['--rtl', rtl])
await write('waveform.svg', drawMismatch(await readWaveform(red), red))
for (const scheme of ['light', 'dark'] as const)
  await write(`report-${scheme}.png`, await screenshot(join(build, 'red', 'report.html'), scheme))

/** @param exitCode what the run must end with. */
async function runSim(name: string, exitCode: number, args: readonly string[]): Promise<SimResult> {
  console.log(`assay sim ${args.join(' ')}`)
  const folder = join(build, name)
  const where = ['--out', build, '--result-folder', folder, '--report', 'json,html', '--quiet']
  const command = [join(home, 'dist/cli/main.js'), 'sim', ...where, ...args]
  const run = await execa(process.execPath, command, { cwd: home, reject: false, stdout: 'ignore' })
  if (run.exitCode !== exitCode)
    throw new Error(`expected exit code ${exitCode}, received ${run.exitCode}: ${run.stderr}`)
  return readReportFile(folder)
}

async function readWaveform({ waveform }: SimResult): Promise<string> {
  if (waveform === null) throw new Error('the red run made no waveform')
  return (await execa('fst2vcd', [waveform.file], { maxBuffer: 2 ** 28 })).stdout
}

/** Without smoothing: the labels are drawn dot by dot. */
async function enlarge(path: string): Promise<Buffer> {
  const picture = sharp(join(home, path))
  const { width } = await picture.metadata()
  return await picture
    .resize({ width: 2 * width, kernel: 'nearest' })
    .png(SMALL)
    .toBuffer()
}

async function screenshot(page: string, scheme: 'light' | 'dark'): Promise<Buffer> {
  const file = join(build, `report-${scheme}.png`)
  await execa('chromium', [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--hide-scrollbars',
    '--virtual-time-budget=4000',
    '--window-size=1000,620',
    '--force-device-scale-factor=1.5',
    `--user-data-dir=${join(build, 'chromium')}`,
    `--blink-settings=preferredColorScheme=${scheme === 'dark' ? 0 : 1}`,
    `--screenshot=${file}`,
    pathToFileURL(page).href,
  ])
  return await sharp(file).png(SMALL).toBuffer()
}

async function write(name: string, content: string | Uint8Array): Promise<void> {
  if (content.length > MOST_BYTES)
    throw new Error(`docs/images/${name} would have ${content.length} bytes: expected at most ${MOST_BYTES}`)
  await writeFile(join(images, name), content)
  console.log(`docs/images/${name}: ${content.length} bytes`)
}
