/** `assay validate` as a user runs it: three formats, interrupted, with nothing but a checkpoint. */
import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { checkJson } from '../../src/input/schema.ts'
import { type AccuracyResult, accuracySchema } from '../../src/result/accuracy.ts'
import { loadDataset } from '../../src/validate/load-dataset.ts'
import { makeFolder } from '../pipeline/prepared.ts'
import { DEFAULT_MODEL } from '../pipeline/shared-data.ts'
import { EMBEDDED_VAL, writeVoc, writeYolo } from '../validate/write-formats.ts'
import { assayMain, runAssay } from './run-assay.ts'

const FLOAT = ['validate', '--stages', 'float', '--json', '--quiet', '--replicates', '20']

async function validateFloat(...args: readonly string[]): Promise<AccuracyResult> {
  const { exitCode, stdout, stderr } = await runAssay([...FLOAT, ...args])
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
  return checkJson(accuracySchema, stdout, 'stdout')
}

test('COCO, YOLO and Pascal VOC give the same figures', async () => {
  const folder = makeFolder()
  const coco = join(EMBEDDED_VAL, 'instances.json')
  const dataset = await loadDataset(coco)
  await writeYolo(join(folder, 'yolo'), dataset)
  await writeVoc(join(folder, 'voc'), dataset)
  const [first, ...others] = await Promise.all(
    [coco, join(folder, 'yolo', 'data.yaml'), join(folder, 'voc')].map((data) =>
      validateFloat('--data', data, '--limit', '4', '--out', folder),
    ),
  )
  expect(first!.objects).toBeGreaterThan(6)
  expect(first!.stages[0]!.map).toBeGreaterThan(0.5)
  for (const other of others) {
    expect([other.images, other.objects, other.findings]).toEqual([4, first!.objects, []])
    // Coordinates of YOLO are fractions, those of Pascal VOC begin at one.
    expect(other.stages[0]!.map).toBeCloseTo(first!.stages[0]!.map!, 3)
  }
})

test('annotations that a run has saved are not those of the next, which removes them', async () => {
  const out = makeFolder()
  const own = ['--limit', '2', '--out', out]
  const { detections } = await validateFloat('--save-detections', ...own)
  const [saved] = detections!
  expect(saved).toMatch(/instances\.json$/)
  const { exitCode, stderr } = await runAssay([...FLOAT, '--data', saved!, '--images', EMBEDDED_VAL, ...own])
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('is a result in the folder of this run')])
  expect(existsSync(saved!)).toBe(true)
})

test("float stages of a model of one's own need no calibration, and quantise nothing", async () => {
  const out = makeFolder()
  const model = join(out, 'own.pt')
  copyFileSync(DEFAULT_MODEL, model)
  const data = join(EMBEDDED_VAL, 'instances.json')
  const result = await validateFloat('--model', model, '--data', data, '--limit', '2', '--out', out)
  expect(result).toMatchObject({ images: 2, weightBits: null, verdict: 'not run' })
  expect(existsSync(join(out, 'own-float', 'validate', 'validate.json'))).toBe(true)
  expect(existsSync(join(out, 'cache', 'quantised'))).toBe(false)
  const { exitCode, stderr } = await runAssay([
    'validate',
    '-s',
    'full',
    '-m',
    model,
    '-d',
    data,
    '--out',
    out,
  ])
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--calibration')])
})

describe('an interrupted run', () => {
  const ended = (child: ChildProcess): Promise<number | null> =>
    new Promise((resolve) => child.on('exit', (code) => resolve(code)))

  const listRecords = (out: string): ReadonlyMap<string, number> => {
    const root = join(out, 'cache', 'validate')
    if (!existsSync(root)) return new Map()
    const names = (readdirSync(root, { recursive: true }) as string[]).filter((name) =>
      name.endsWith('.boxes'),
    )
    return new Map(names.map((name) => [name, statSync(join(root, name)).mtimeMs]))
  }

  test.each(['SIGINT', 'SIGKILL'] as const)('by %s goes on where it stopped', async (signal) => {
    const out = makeFolder()
    const limits = ['--limit', '40', '--replicates', '20', '--jobs', '1']
    const args = ['validate', '--stages', 'float', ...limits, '--out', out]
    const child = spawn(process.execPath, [assayMain, ...args], { stdio: 'ignore' })
    onTestFinished(() => void child.kill('SIGKILL'))
    while (listRecords(out).size < 3) await new Promise((resolve) => setTimeout(resolve, 5))
    const end = ended(child)
    child.kill(signal)
    expect(await end).toBe(signal === 'SIGINT' ? 130 : null)
    const before = listRecords(out)
    expect(before.size).toBeLessThan(40)
    expect(existsSync(join(out, 'shapes-float', 'validate', 'validate.json'))).toBe(false)
    const left = readdirSync(out, { recursive: true }) as string[]
    const hasTemporary = left.some((name) => name.endsWith('.tmp'))
    expect(hasTemporary && signal === 'SIGINT').toBe(false)
    const { exitCode, stderr } = await runAssay(args)
    expect(exitCode).toBe(0)
    expect(stderr).toContain(`run fused on ${40 - before.size} images`)
    expect(stderr).toContain(`${before.size} more finished before`)
    const after = listRecords(out)
    expect(after.size).toBe(40)
    for (const [name, time] of before) expect(after.get(name)).toBe(time)
  })
})
