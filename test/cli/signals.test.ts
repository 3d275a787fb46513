/** Ctrl-C within long computations: obeyed within a second, nothing half-written, and what is finished is kept. */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { sharedPath } from '../checkpoint/shared-data.ts'
import { makeFolder } from '../pipeline/prepared.ts'
import { testWith } from '../witness.ts'
import { assayMain, runAssay } from './run-assay.ts'

interface Ended {
  readonly code: number | null
  readonly stderr: string
  /** From the signal on. */
  readonly milliseconds: number
}

const list = (folder: string): readonly string[] => readdirSync(folder, { recursive: true }).map(String)

/** Runs a command, and sends a signal as soon as `isReady` has seen enough of what it says. */
async function interrupt(
  args: readonly string[],
  signal: NodeJS.Signals,
  isReady: (stderr: string) => boolean,
): Promise<Ended> {
  const child = spawn(process.execPath, [assayMain, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve))
  while (!isReady(stderr) && child.exitCode === null) await wait(20)
  // Into the midst of the computation.
  await wait(500)
  const begin = performance.now()
  child.kill(signal)
  const code = await closed
  return { code, stderr, milliseconds: performance.now() - begin }
}

const best = ['quantise', '--effort', 'best', '--calibration-images', '2', '--files', 'none']
const auto = ['quantise', '--observer', 'auto', '--calibration-images', '2', '--files', 'none']
const accuracy = ['validate', '--stages', 'float', '--limit', '4', '--replicates', '1000000']

describe('a signal ends', () => {
  test.each([
    { what: 'refinement', args: best, says: /refine weights/, signal: 'SIGINT', exit: 130 },
    { what: 'the choice of observers', args: auto, says: /choose an observer/, signal: 'SIGTERM', exit: 143 },
    { what: 'evaluation', args: accuracy, says: /evaluate …/, signal: 'SIGINT', exit: 130 },
    { what: 'evaluation', args: accuracy, says: /evaluate …/, signal: 'SIGTERM', exit: 143 },
    // A machine that has other work may take longer once; what computes without giving way takes minutes every time.
  ] as const)('$what within a second ($signal)', { retry: 2 }, async ({ args, says, signal, exit }) => {
    const out = makeFolder()
    const { code, stderr, milliseconds } = await interrupt([...args, '--out', out], signal, (text) =>
      says.test(text),
    )
    expect(stderr).toMatch(says)
    expect(code).toBe(exit)
    expect(milliseconds).toBeLessThan(1000)
    expect(list(out).filter((name) => name.includes('.tmp'))).toEqual([])
  })
})

test('--effort best goes on with the layers that are finished, to the same bytes', async () => {
  const [cut, whole] = [makeFolder(), makeFolder()]
  const layers = (): readonly string[] => list(cut).filter((name) => name.endsWith('.layer'))
  const { code, stderr } = await interrupt([...best, '--out', cut], 'SIGINT', () => layers().length >= 5)
  expect(code).toBe(130)
  expect(stderr).toMatch(/^Stopped: refined layers are kept, and the same command goes on from there\.$/m)
  expect(layers().length).toBeLessThan(63)
  const [resumed, uninterrupted] = await Promise.all(
    [cut, whole].map((out) => runAssay([...best, '--json', '--out', out])),
  )
  expect([resumed!.exitCode, uninterrupted!.exitCode]).toEqual([0, 0])
  expect(resumed!.stderr).toMatch(/continued after \d+ layers/)
  expect(uninterrupted!.stderr).not.toMatch(/continued after/)
  const models = [resumed!, uninterrupted!].map(({ stdout }) => JSON.parse(stdout).model)
  expect(models[0]).toEqual(models[1])
  expect(models[0].sha256).toMatch(/^[0-9a-f]{64}$/)
  // The whole model is kept: its layers are not needed any more.
  expect(layers()).toEqual([])
})

testWith(
  ['../shared/models/yolov8n.pt', '../shared/coco'],
  'a signal ends a calibration whose threads are inside onnxruntime',
  async () => {
    const [model, calibration] = ['models/yolov8n.pt', 'coco/calib'].map((path) => sharedPath(path))
    for (let again = 0; again < 3; again++) {
      const args = ['quantise', '--model', model!, '--calibration', calibration!, '--out', makeFolder()]
      const { code, stderr } = await interrupt(args, 'SIGINT', (text) => /calibrate on/.test(text))
      expect([code, stderr]).toEqual([130, expect.not.stringMatching(/terminate|Error/)])
    }
  },
)
