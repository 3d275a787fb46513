/** A run of the embedded model on a machine that lacks something: what its report says, but for the times. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { assayMain } from './run-assay.ts'
import { shareModels } from './share-models.ts'

interface Layer {
  readonly name: string
  readonly cycles: number
  readonly mismatches: number
  readonly histogram: { readonly expected: readonly number[] }
}

/** `assay sim`, from a folder without evidence. @param prefix what starts the command */
export async function simulate(prefix: readonly string[] = []) {
  const out = mkdtempSync(join(tmpdir(), 'assay-poor-'))
  await shareModels(out)
  const command = [...prefix, process.execPath, assayMain, 'sim', '--json', '--quiet', '--out', out]
  const { exitCode, stdout, stderr } = await execa(command[0]!, command.slice(1), { reject: false })
  if (stdout === '') throw new Error(`${command.join(' ')} ended with ${exitCode}: ${stderr}`)
  const { verdict, layers, boxes } = JSON.parse(stdout) as {
    verdict: string
    layers: readonly Layer[]
    boxes: { readonly expected: number; readonly actual: number; readonly cycles: number }
  }
  const results = layers.map(({ name, cycles, mismatches, histogram }) => [name, cycles, mismatches, histogram.expected]) // biome-ignore format: one list
  return { exitCode, verdict, results, boxes: [boxes.expected, boxes.actual, boxes.cycles] }
}

/** What hides features of the CPU from a command, by a pattern of what their names begin with. */
export const withoutFeatures = (pattern: string): readonly string[] => [
  'unshare',
  '--mount',
  '/bin/sh',
  '-c',
  `sed -E '/^flags/s/ (${pattern})[^ ]*//g' /proc/cpuinfo > "$0.cpuinfo" && mount --bind "$0.cpuinfo" /proc/cpuinfo && exec "$@"`,
  join(mkdtempSync(join(tmpdir(), 'assay-poor-')), 'sh'),
]
