/** One core, little memory, no shared memory: a run may be slower, and says the same. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { testWith } from '../witness.ts'
import { limitMemory } from './memory-limit.ts'
import { assayMain } from './run-assay.ts'
import { shareModels } from './share-models.ts'

interface Layer {
  readonly name: string
  readonly cycles: number
  readonly mismatches: number
  readonly histogram: { readonly expected: readonly number[] }
}

/** `assay sim` on the embedded model, from a folder without evidence: what its report says, but for the times. */
async function simulate(prefix: readonly string[] = []) {
  const out = mkdtempSync(join(tmpdir(), 'assay-poor-'))
  await shareModels(out)
  const command = [...prefix, process.execPath, assayMain, 'sim', '--json', '--quiet', '--out', out]
  const { exitCode, stdout } = await execa(command[0]!, command.slice(1), { reject: false })
  const { verdict, layers, boxes } = JSON.parse(stdout) as {
    verdict: string
    layers: readonly Layer[]
    boxes: { readonly expected: number; readonly actual: number; readonly cycles: number }
  }
  const results = layers.map(({ name, cycles, mismatches, histogram }) => [name, cycles, mismatches, histogram.expected]) // biome-ignore format: one list
  return { exitCode, verdict, results, boxes: [boxes.expected, boxes.actual, boxes.cycles] }
}

let rich: ReturnType<typeof simulate> | null = null
/** The same run with all that the machine has, once. */
const withAll = () => (rich ??= simulate())

test('with all that there is, the run is exact', async () => {
  expect(await withAll()).toMatchObject({ exitCode: 0, verdict: 'exact' })
})

testWith('taskset', 'one core', async () => {
  expect(await simulate(['taskset', '-c', '0'])).toEqual(await withAll())
})

testWith('the right to limit memory', '1 GB of memory', async () => {
  const group = limitMemory(2 ** 30)
  try {
    expect(await simulate(group.prefix)).toEqual(await withAll())
    expect(group.killed()).toBe(false)
  } finally {
    group.remove()
  }
})

testWith('the right to mount a tmpfs', 'nothing can be written to /dev/shm', async () => {
  const hide = 'mount -t tmpfs -o ro,size=64k tmpfs /dev/shm && exec "$@"'
  expect(await simulate(['unshare', '--mount', '/bin/sh', '-c', hide, 'sh'])).toEqual(await withAll())
})
