/** Cost over the size of the input, and over the size of the network: calibration and refinement, golden data, simulation. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createJiti } from 'jiti'
import { checkJson, openObject, real as realNumber } from '../input/schema.ts'
import { type GrowthRow, runAssay, type Series } from './growth-cost.ts'
import type { BenchContext } from './measure.ts'
import { makeOut } from './out-folder.ts'

const SIZES = [320, 640, 960, 1280]
/** Shapes of test/checkpoint/scaled.ts. */
const SCALES = ['n', 's', 'm'] as const
/** As many as refinement takes: calibration holds one at a time. */
const CALIBRATION = 8

type Scaled = { readonly writeScaled: (scale: (typeof SCALES)[number]) => Uint8Array }

interface Subject {
  readonly of: string
  readonly model: string
  readonly size: number
  /** Null where it is the number of MACs, which the simulation says. */
  readonly work: number | null
}

export const SIZE_SERIES: Series = {
  name: 'size',
  work: 'pixels',
  flatMemory: false,
  run: async (context) => {
    if (context.real === null) return []
    const { model } = context.real
    const subjects = SIZES.map((size) => ({ of: `yolov8n, ${size}x${size}`, model, size, work: size * size }))
    return measureSubjects(context, subjects)
  },
}

export const NETWORK_SERIES: Series = {
  name: 'network',
  work: 'MACs',
  flatMemory: false,
  run: async (context) => {
    const { home, scratch } = context
    const jiti = createJiti(import.meta.url, { interopDefault: false })
    const { writeScaled } = await jiti.import<Scaled>(join(home, 'test', 'checkpoint', 'scaled.ts'))
    const folder = join(scratch, 'checkpoints')
    await mkdir(folder, { recursive: true })
    const subjects: Subject[] = []
    for (const scale of SCALES) {
      const model = join(folder, `yolov8${scale}.pt`)
      await writeFile(model, writeScaled(scale))
      subjects.push({ of: `yolov8${scale}, 640x640`, model, size: 640, work: null })
    }
    return measureSubjects(context, subjects)
  },
}

async function measureSubjects(
  context: BenchContext,
  subjects: readonly Subject[],
): Promise<readonly GrowthRow[]> {
  const { real, log } = context
  if (real === null) return []
  const rows: GrowthRow[] = []
  for (const { of, model, size, work } of subjects) {
    const out = await makeOut(context, 'growth', ['verilator'])
    const options = ['--model', model, '--calibration', real.calibration, '--size', String(size)]
    const common = [...options, '--calibration-images', String(CALIBRATION), '--out', out, '--quiet']
    const image = ['--image', real.image]
    const run = async (...words: readonly string[]) => {
      log(`${of}: assay ${words[0]} …`)
      return runAssay(context, [...words, ...common], out)
    }
    const quantise = await run('quantise')
    const golden = await run('golden', ...image)
    // Not a matter of the work: the model is built before.
    await run('sim', ...image, '--prepare')
    const sim = await run('sim', ...image, '--stimulus', 'image', '--json')
    const { totals } = checkJson(SIM, sim.stdout, 'assay sim')
    for (const [step, cost] of Object.entries({ quantise, golden, sim }))
      rows.push({ step, of, work: work ?? totals.macs, ...cost })
    await rm(out, { recursive: true })
  }
  return rows
}

const SIM = openObject({ totals: openObject({ macs: realNumber(1) }) })
