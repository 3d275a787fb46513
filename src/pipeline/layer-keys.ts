/** What decides whether a layer is exact, one SHA-256 a layer: RTL and tools, its instruction and ROM words, its golden tensors. */
import type { RomImage } from '../rom/formats/types.ts'
import { wordBytes } from '../rom/formats/types.ts'
import { encodeInstruction } from '../rom/program.ts'
import { applyEnvironment, defaultSeed, readEnvironment } from '../simulate/environment.ts'
import { type EvidenceStore, evidenceKey } from './evidence.ts'
import { sha256 } from './files.ts'
import type { SimulationBench } from './simulation.ts'

/** The program's header as far as the hardware acts on it: format, lanes, widths. The rest are checks at load. */
const HEADER_BYTES = 5 * 4

/** Keys of the given instructions, in their order. */
export function keyLayers(
  store: EvidenceStore,
  bench: SimulationBench,
  chosen: readonly number[],
): readonly string[] {
  const { roms, golden, expectedBoxes, buildKey } = bench
  const hashOf = memoise((name: string) => {
    const codes = golden.get(name)!
    const bytes = new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength)
    return sha256(codes.constructor.name, bytes)
  })
  const shared = [
    bench.options.mode,
    buildKey,
    sha256(roms.program.bytes.subarray(0, HEADER_BYTES)),
    roms.engine,
    describeSurroundings(bench),
  ]
  const ends = findEnds(bench)
  return chosen.map((pc) => {
    const step = roms.steps[pc]!
    const { instruction, reads, writes, place } = step
    const reading = reads.map((name) => [name, roms.placements.get(name), hashOf(name)])
    return evidenceKey(store, 'layer', [
      shared,
      pc,
      step.name,
      [...encodeInstruction(instruction)],
      instruction.op === 'conv' ? hashWords(roms.weights, instruction.weightBase, ends.weight) : null,
      instruction.op === 'conv' ? hashWords(roms.params, instruction.paramBase, ends.param) : null,
      instruction.op === 'conv' && instruction.hasTable
        ? hashWords(roms.tables, instruction.tableBase, ends.table)
        : null,
      instruction.op === 'detect' ? [sha256(roms.head.bytes), expectedBoxes] : null,
      reading,
      writes === null ? null : [writes, hashOf(writes)],
      place,
    ])
  })
}

/** Where each convolution's words end: where the next one's begin, or with the memory. */
function findEnds({ roms }: SimulationBench) {
  const convs = roms.steps.flatMap(({ instruction }) => (instruction.op === 'conv' ? [instruction] : []))
  const after = (bases: readonly number[], depth: number) => {
    const sorted = [...new Set([...bases, depth])].sort((a, b) => a - b)
    return new Map(sorted.map((base, index) => [base, sorted[index + 1] ?? depth]))
  }
  const tables = convs.filter(({ hasTable }) => hasTable)
  return {
    weight: after(
      convs.map(({ weightBase }) => weightBase),
      roms.weights.depth,
    ),
    param: after(
      convs.map(({ paramBase }) => paramBase),
      roms.params.depth,
    ),
    table: after(
      tables.map(({ tableBase }) => tableBase),
      roms.tables.depth,
    ),
  }
}

function hashWords(image: RomImage, base: number, ends: ReadonlyMap<number, number>): string {
  const bytes = wordBytes(image.width)
  return sha256(image.bytes.subarray(base * bytes, ends.get(base)! * bytes))
}

/** Seeds, stalls, plusargs besides the ROMs, the simulator: what a simulation is run with, apart from what the build's key covers. */
export function describeSurroundings({ simulation }: SimulationBench): unknown {
  const {
    plusargs,
    sources: _sources,
    cacheDir: _cacheDir,
    fresh: _fresh,
    ...rest
  } = applyEnvironment(simulation)
  const others = Object.entries(plusargs ?? {}).filter(([name]) => !(name in (simulation.plusargs ?? {})))
  return [rest, others, simulation.seed ?? defaultSeed(), readEnvironment()]
}

function memoise(work: (name: string) => string): (name: string) => string {
  const known = new Map<string, string>()
  return (name) => {
    const value = known.get(name) ?? work(name)
    known.set(name, value)
    return value
  }
}
