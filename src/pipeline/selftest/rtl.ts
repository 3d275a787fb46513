/** This file changes one constant in a copy of the RTL; exactly the layers that use it must go red. */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Flip } from '../../report/selftest.ts'
import { addsHalf } from '../../rom/arithmetic-words.ts'
import type { RomSet } from '../../rom/emit.ts'
import type { SimulationBench } from '../bench/bench.ts'
import { readSourceList } from '../files/rtl-sources.ts'
import { findRed, recordAll, selftestFolder } from './run.ts'

interface RtlChange {
  readonly file: string
  readonly what: string
  readonly from: string
  readonly to: string
  /** The operators whose layers must all go red, and no other layer. */
  readonly ops: readonly Operator[]
}

type Operator = 'conv' | 'add' | 'max-pool'

const ROUND = { file: 'round_code.sv', what: 'no rounding', from: ') >> 1)', to: ') >> 48)' }
/** Where the hardware rounds down or toward zero, and adds no half. */
const RAISE = {
  ...ROUND,
  what: 'one more',
  from: "Code'($signed(narrowed[Near-1:0])) + zero;",
  to: "Code'($signed(narrowed[Near-1:0])) + zero + 1;",
}

const changesFor = ({ arithmetic }: RomSet): readonly RtlChange[] => [
  { ...(addsHalf(arithmetic) ? ROUND : RAISE), ops: ['conv', 'add'] },
  { file: 'code_array.sv', what: 'min-pool', from: '+:A] > b[', to: '+:A] < b[', ops: ['max-pool'] },
]

const RTL = fileURLToPath(new URL('../../../rtl/', import.meta.url))

/** The flips that were made, and a sentence for each change that could not be made. */
export interface RtlFlips {
  readonly flips: readonly Flip[]
  readonly skipped: readonly string[]
}

/** Builds and runs each broken copy of Assay's own RTL, or of a folder with the same files. */
export async function flipRtl(
  bench: SimulationBench,
  onFlip: (index: number, count: number, name: string) => void,
): Promise<RtlFlips> {
  const { folder: rtlFolder = RTL } = bench.rtl
  const flips: Flip[] = []
  const skipped: string[] = []
  const changes = changesFor(bench.roms)
  for (const [index, change] of changes.entries()) {
    onFlip(index, changes.length, change.file)
    const folder = join(selftestFolder(bench), `rtl-${change.what.replace(' ', '-')}`)
    const sources = await breakRtl(rtlFolder, folder, change)
    if (sources === null) {
      skipped.push(`${change.what}: ${join(rtlFolder, change.file)} does not hold "${change.from}" once`)
      continue
    }
    const romFolder = join(bench.output.folder, 'roms')
    const recorded = await recordAll(bench, { romFolder, sources })
    const reds = findRed(recorded, bench, bench.golden, bench.expectedBoxes).map(({ layer }) => layer)
    const wanted = bench.roms.steps
      .filter((step) => change.ops.some((op) => op === step.instruction.op))
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
      expected: `all ${count(wanted)} of ${change.ops.join(' and ')}`,
      found: same
        ? `all ${count(reds)} of ${change.ops.join(' and ')}`
        : `${count(reds)}: ${wrong.join('; ')}`,
      caught: same,
    })
  }
  return { flips, skipped }
}

/**
 * Copies a folder of RTL with one change. Returns null if the user's RTL does not hold the text exactly once.
 * @throws Error if Assay's own RTL does not hold it exactly once.
 */
async function breakRtl(
  from: string,
  folder: string,
  { file, from: before, to }: RtlChange,
): Promise<readonly string[] | null> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(dirname(folder), { recursive: true })
  await cp(from, folder, { recursive: true })
  const path = join(folder, file)
  const text = await readFile(path, 'utf8').catch(() => '')
  const parts = text.split(before)
  if (parts.length !== 2) {
    if (from !== RTL) return null
    throw new Error(
      `expected "${before}" once in rtl/${file}, found it ${parts.length - 1} times: correct src/pipeline/selftest/rtl.ts`,
    )
  }
  await writeFile(path, parts.join(to))
  return readSourceList(join(folder, 'rtl.f'))
}
