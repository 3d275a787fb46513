/** The page of a night of 9,000 entries: how long it takes to write and to open, and how large it is. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { recordNight } from '../regress/history.ts'
import type { Night } from '../regress/night.ts'
import { renderNightPage } from '../report/night/page.ts'
import { viewNight } from '../report/night/view.ts'
import { sha256 } from '../store/hash.ts'
import { atMost, type Bench, median, timeMedian } from './measure.ts'

const IMAGES = 100
const DESIGNS = 18
const SEEDS = 5

/** Every second entry is red, in seven layers. */
function makeNight(): Night {
  const designs = Array.from({ length: DESIGNS }, (_, index) => ({
    name: `yolov8n w${3 + (index % 6)}a${3 + (index % 6)} ${index < 6 ? 'isolated' : `isolated array=${index}`}`,
    cycles: Object.fromEntries(Array.from({ length: 74 }, (_, layer) => [`model.${layer}`, 100_000 + layer])),
    exercised: null,
  }))
  const runs = Array.from({ length: IMAGES * DESIGNS }, (_, index): Night['runs'][number] => ({
    id: sha256(String(index)).slice(0, 12),
    words: [
      ...[
        '--model',
        'models/yolov8n.pt',
        '--image',
        `images/${String(Math.floor(index / DESIGNS)).padStart(12, '0')}.jpg`,
      ],
      ...[
        '--calibration',
        'calib',
        '--bits',
        String(3 + (index % 6)),
        '--rtl',
        'hw/rtl',
        '--seeds',
        `1..${SEEDS}`,
      ],
    ],
    folder: '',
    design: index % DESIGNS,
    ended: 'ran',
    error: null,
    exitCode: 1,
    ...{ imageHash: sha256(`i${index}`), modelHash: sha256('m'), rtlHash: sha256('r'), host: 'node-1' },
    ...{ startedAt: '2026-07-01T12:00:00.000Z', seconds: 12.3, buildSeconds: 0, simSeconds: 9 },
    waveform: null,
  }))
  const entries = runs.flatMap((run, index) =>
    Array.from({ length: SEEDS }, (_, seed): Night['entries'][number] => {
      const at = index * SEEDS + seed
      const layer = `model.${at % 7}`
      const image = run.words[3]!
      const axes = {
        model: 'models/yolov8n.pt',
        image,
        bits: run.words[7]!,
        design: String(run.design),
        seed: String(seed + 1),
      }
      const name = `${designs[run.design]!.name} ${image} seed=${seed + 1}`
      const isRed = at % 2 === 0
      return {
        ...{ name, axes, run: index, seed: seed + 1, status: isRed ? 'differs' : 'exact' },
        fault: isRed
          ? {
              ...{ layer, kind: 'rounding', mismatches: at, elements: 409_600, red: 3 },
              message: `c${at % 64} y${at % 80} x${at % 79}: expected ${at % 255}, got ${(at + 1) % 255}`,
            }
          : null,
      }
    }),
  )
  return {
    ...{ format: 'assay night', version: 1, name: 'nightly', assay: '0.1.0', node: process.version },
    plan: { file: 'nightly.yaml', identity: sha256('plan') },
    verilator: 'Verilator 5.006',
    origin: {
      commit: sha256('c').slice(0, 40),
      dirty: false,
      folder: '',
      command: ['regress', 'nightly.yaml'],
      host: 'node-1',
    },
    ...{ startedAt: '2026-07-01T12:00:00.000Z', seconds: 3600, verdict: 'mismatch', entries, runs, designs },
  }
}

export const regressPageBench: Bench = {
  name: 'regress-page',
  run: async ({ scratch }) => {
    const night = makeNight()
    const records = Array.from({ length: 30 }, () => recordNight(night, sha256))
    let page = ''
    const write = await timeMedian(3, () => {
      page = renderNightPage(viewNight(night, null, records))
    })
    const path = join(scratch, 'night.html')
    writeFileSync(path, page)
    const empty = join(scratch, 'empty.html')
    writeFileSync(empty, '<!doctype html><title>empty</title>')
    const note = `${night.entries.length} entries, half of them red`
    const size = {
      ...atMost('the page of a night', page.length / 1e6, 5, note),
      measured: `${(page.length / 1e6).toFixed(2)} MB`,
      target: '5 MB',
    }
    const written = atMost('the page of a night, written', write, 5, note)
    if (spawnSync('chromium', ['--version']).status !== 0) return [size, written]
    const open = (file: string): number => median([0, 1, 2, 3, 4].map(() => timeToOpen(file, scratch)))
    const seconds = Math.max(0, open(path) - open(empty))
    return [
      size,
      written,
      atMost('the page of a night, opened', seconds, 2, 'Chromium, less an empty page; median of 5'),
    ]
  },
}

/** Until its document is whole, its script has run, and Chromium has written it out and ended. */
function timeToOpen(path: string, scratch: string): number {
  const begin = performance.now()
  const { status } = spawnSync(
    'chromium',
    [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--window-size=1400,1000'],
      ...[`--user-data-dir=${join(scratch, 'chromium')}`, `--screenshot=${join(scratch, 'night.png')}`],
      pathToFileURL(path).href,
    ],
    { stdio: 'ignore' },
  )
  if (status !== 0) throw new Error(`Chromium ended with ${status}`)
  return (performance.now() - begin) / 1000
}
