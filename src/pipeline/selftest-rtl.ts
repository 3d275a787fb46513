/** One constant in a copy of the RTL is changed; exactly the layers that use it must go red. */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Flip } from '../report/selftest.ts'
import { readSourceList } from './rtl-sources.ts'
import { findRed, recordAll, selftestFolder } from './selftest-run.ts'
import type { SimulationBench } from './simulation.ts'

interface RtlChange {
  readonly file: string
  readonly what: string
  readonly from: string
  readonly to: string
  /** Operators that must go red, all of their layers, and nothing else. */
  readonly op: 'conv' | 'max-pool'
}

const CHANGES: readonly RtlChange[] = [
  { file: 'requantise.sv', what: 'no rounding', from: ') >> 1)', to: ') >> 48)', op: 'conv' },
  { file: 'code_array.sv', what: 'min-pool', from: '+:A] > a_q', to: '+:A] < a_q', op: 'max-pool' },
]

const RTL = fileURLToPath(new URL('../../rtl/', import.meta.url))

/** Builds and runs each broken copy. */
export async function flipRtl(
  bench: SimulationBench,
  onFlip: (index: number, count: number, name: string) => void,
): Promise<readonly Flip[]> {
  const flips: Flip[] = []
  for (const [index, change] of CHANGES.entries()) {
    onFlip(index, CHANGES.length, change.file)
    const sources = await breakRtl(
      join(selftestFolder(bench), `rtl-${change.what.replace(' ', '-')}`),
      change,
    )
    const romFolder = join(bench.options.folder, 'roms')
    const recorded = await recordAll(bench, { romFolder, sources })
    const reds = findRed(recorded, bench, bench.golden, bench.expectedBoxes).map(({ layer }) => layer)
    const wanted = bench.roms.steps
      .filter((step) => step.instruction.op === change.op)
      .map(({ name }) => name)
    const count = (names: readonly string[]) => `${names.length} layers`
    const same = reds.length === wanted.length && wanted.every((name, at) => reds[at] === name)
    const missed = wanted.filter((name) => !reds.includes(name))
    const extra = reds.filter((name) => !wanted.includes(name))
    const wrong = [
      ...(missed.length > 0 ? [`not ${missed.slice(0, 3).join(', ')}`] : []),
      ...(extra.length > 0 ? [`also ${extra.slice(0, 3).join(', ')}`] : []),
    ]
    flips.push({
      kind: 'rtl',
      what: `${change.file} ${change.what}`,
      expected: `all ${count(wanted)} of ${change.op}`,
      found: same ? `all ${count(reds)} of ${change.op}` : `${count(reds)}: ${wrong.join('; ')}`,
      caught: same,
    })
  }
  return flips
}

/** A copy of `rtl/` with one change. @throws Error where the text to change is not there exactly once. */
async function breakRtl(folder: string, { file, from, to }: RtlChange): Promise<readonly string[]> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(dirname(folder), { recursive: true })
  await cp(RTL, folder, { recursive: true })
  const path = join(folder, file)
  const text = await readFile(path, 'utf8')
  const parts = text.split(from)
  if (parts.length !== 2)
    throw new Error(
      `expected "${from}" once in rtl/${file}, found it ${parts.length - 1} times: mend src/pipeline/selftest-rtl.ts`,
    )
  await writeFile(path, parts.join(to))
  return readSourceList(join(folder, 'rtl.f'))
}
