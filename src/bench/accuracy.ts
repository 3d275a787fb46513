/** Time and memory of `assay validate` on the COCO images beside the project: integer stages, and the RTL on every image. */
import { existsSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { checkJson } from '../input/schema.ts'
import { type AccuracyResult, accuracySchema } from '../result/accuracy.ts'
import { atMost, type Bench, type BenchContext, type Measurement } from './measure.ts'
import { makeOut } from './out-folder.ts'
import { type Measured, measureCommand, needSuccess } from './process.ts'

const ANNOTATIONS = join('annotations', 'instances_val2017.json')

/** The command and its annotated images; null if they are not there. */
async function validateArguments(
  context: BenchContext,
  stages: string,
  limit?: number,
): Promise<readonly string[] | null> {
  const { real, home } = context
  if (real === null) return null
  const data = join(home, '..', 'shared', 'coco', 'dev')
  if (!existsSync(join(data, ANNOTATIONS))) return null
  // Quantised and built once; boxes are kept nowhere else.
  const out = await makeOut(context, `validate-${stages}-${limit ?? 'all'}`)
  // biome-ignore format: an option with its value a line
  return [
    join(home, 'dist', 'cli', 'main.js'), 'validate',
    '--model', real.model, '--calibration', real.calibration,
    '--data', join(data, ANNOTATIONS), '--images', join(data, 'images'),
    '--stages', stages, '--out', out, '--json', '--jobs', '2',
    ...(limit === undefined ? [] : ['--limit', String(limit)]),
  ]
}

async function run(
  context: BenchContext,
  args: readonly string[],
): Promise<{ readonly measured: Measured; readonly result: AccuracyResult }> {
  const measured = await measureCommand(process.execPath, args, { cwd: context.home })
  needSuccess(measured, 'assay validate')
  return { measured, result: checkJson(accuracySchema, measured.stdout, 'assay validate') }
}

/** Quantises and builds: neither is part of what is measured. */
async function warmUp(context: BenchContext, stages: string): Promise<void> {
  const args = await validateArguments(context, stages, 1)
  if (args !== null) await run(context, args)
}

const percent = (value: number | null): string => (value === null ? '-' : (100 * value).toFixed(2))

const noteOf = ({ images, stages }: AccuracyResult): string =>
  `${images} images, 2 processes, evaluation included; ${stages.map(({ stage, map }) => `${stage} ${percent(map)}`).join(', ')} mAP; load ${loadavg()[0]!.toFixed(1)}`

export const validateBench: Bench = {
  name: 'validate',
  run: async (context) => {
    await warmUp(context, 'quantised,full')
    const few = await validateArguments(context, 'quantised,full', 20)
    const all = await validateArguments(context, 'quantised,full')
    if (few === null || all === null) return []
    const { measured: less } = await run(context, few)
    const { measured, result } = await run(context, all)
    const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`
    const memory: Measurement = {
      what: 'memory of `assay validate`, 79 images against 20',
      target: '+25 %',
      measured: `${gb(measured.peakBytes)}, ${gb(less.peakBytes)}`,
      met: measured.peakBytes < 1.25 * less.peakBytes,
      note: 'peak of the process tree; nothing is kept of an image but its boxes, on disk',
    }
    return [atMost('`assay validate`, integer stages, yolov8n', measured.seconds, 30, noteOf(result)), memory]
  },
}

export const validateRtlBench: Bench = {
  name: 'validate-rtl',
  run: async (context) => {
    await warmUp(context, 'rtl')
    const args = await validateArguments(context, 'rtl')
    if (args === null) return []
    const { measured, result } = await run(context, args)
    if (result.verdict !== 'exact') throw new Error('the boxes of the RTL are not those of the model')
    return [atMost('`assay validate`, RTL, yolov8n', measured.seconds, 240, noteOf(result))]
  },
}
