/** The cost of a run after a change of the RTL, and after none. */
import { spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { copyChanged } from './changed-rtl.ts'
import { atMost, type Bench, type BenchContext, median } from './measure.ts'
import { prepareBenchModel } from './model.ts'
import { makeOut } from './out-folder.ts'
import { measureCommand } from './process.ts'

const simArguments = (
  { home }: BenchContext,
  real: NonNullable<BenchContext['real']>,
  out: string,
): readonly string[] => {
  const { model, image, calibration } = real
  const program = join(home, 'dist', 'cli', 'main.js')
  return [program, 'sim', '--model', model, '--image', image, '--calibration', calibration, '--out', out]
}

export const unchangedBench: Bench = {
  name: 'unchanged',
  run: async (context) => {
    const { real, home } = context
    if (real === null) return []
    const args = simArguments(context, real, await makeOut(context, 'unchanged'))
    await measureCommand(process.execPath, args, { cwd: home })
    const seconds: number[] = []
    for (let round = 0; round < 5; round++) {
      const run = await measureCommand(process.execPath, args, { cwd: home })
      if (run.exitCode !== 0 || !run.stdout.includes('Nothing changed: all 74 layers'))
        throw new Error('the run was not answered from its evidence')
      seconds.push(run.seconds)
    }
    return [
      atMost(
        '`assay sim` on yolov8n, nothing changed',
        median(seconds),
        1,
        'median of 5, all reports written',
      ),
    ]
  },
}

export const redBench: Bench = {
  name: 'red',
  run: async (context) => {
    const { real, home, scratch } = context
    if (real === null) return []
    const out = await makeOut(context, 'red')
    const rtl = join(scratch, 'red-rtl')
    const args = [...simArguments(context, real, out), '--rtl', rtl]
    // Quantised model and image are at hand; RTL and compiler's cache are not.
    await prepareBenchModel(context)
    await copyChanged(home, rtl, `) >> 48) + Width'(${Date.now() % 1e9})`)
    const seconds = await timeToRed(args, home)
    return [
      atMost(
        'from one changed line of the requantiser to the first red layer',
        seconds,
        20,
        `yolov8n, cold: ccache off; load ${loadavg()[0]!.toFixed(1)}`,
      ),
    ]
  },
}

/** Wall-clock seconds until the command names a red layer. */
async function timeToRed(args: readonly string[], cwd: string): Promise<number> {
  const begin = performance.now()
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, CCACHE_DISABLE: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  try {
    return await new Promise<number>((resolve, reject) => {
      child.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        if (/^! model\.\S+ /m.test(said)) resolve((performance.now() - begin) / 1000)
      })
      child.on('exit', () => reject(new Error(`no layer went red: ${said}`)))
    })
  } finally {
    child.kill('SIGTERM')
  }
}

export const frozenBench: Bench = {
  name: 'frozen',
  run: async (context) => {
    const { real, home, scratch } = context
    if (real === null) return []
    const folder = join(scratch, 'frozen-set')
    const [program, , ...options] = simArguments(context, real, await makeOut(context, 'frozen'))
    const { exitCode } = await measureCommand(
      process.execPath,
      [program!, 'golden', ...options, '--freeze', folder],
      { cwd: home },
    )
    if (exitCode !== 0) throw new Error('assay golden --freeze failed')
    const { size } = await stat(join(folder, 'frozen.json'))
    return [
      {
        what: "digests of all of yolov8n's activations",
        target: '64 KB',
        measured: `${(size / 1024).toFixed(1)} KB`,
        met: size < 64 * 1024,
        note: 'frozen.json: shapes, scales and boxes included',
      },
    ]
  },
}
