/** A layer's key is one SHA-256 of everything that decides its verdict: RTL, tools, all ROM words, its instruction and golden tensors. */

import { ROM_NAMES } from '../../rom/emit.ts'
import { encodeInstruction } from '../../rom/program.ts'
import { type EvidenceStore, evidenceKey } from '../../store/evidence.ts'
import { sha256 } from '../../store/hash.ts'
import type { SimulationBench } from '../bench/bench.ts'

/** Everything that can change what a layer of a run comes to. */
export type KeyedBench = Pick<
  SimulationBench,
  'plan' | 'graph' | 'roms' | 'golden' | 'expectedBoxes' | 'buildKey' | 'simulation' | 'environment'
>

/** Keys of the given instructions, in their order. */
export function keyLayers(
  store: EvidenceStore,
  bench: KeyedBench,
  chosen: readonly number[],
): readonly string[] {
  const { roms, golden, expectedBoxes } = bench
  const hashOf = memoise((name: string) => hashTensor(golden, name))
  const shared = describeDesign(bench)
  return chosen.map((pc) => {
    const step = roms.steps[pc]!
    const { instruction, reads, writes, place } = step
    const reading = reads.map((name) => [name, roms.placements.get(name), hashOf(name)])
    return evidenceKey(store, 'layer', [
      shared,
      pc,
      step.name,
      [...encodeInstruction(instruction)],
      instruction.op === 'detect' ? expectedBoxes : null,
      reading,
      writes === null ? null : [writes, hashOf(writes)],
      place,
    ])
  })
}

/** Key of all that is the same for every layer and seed: the design on its image. Layers of one design are looked up together. */
export function keyDesign(store: EvidenceStore, bench: KeyedBench): string {
  const { graph } = bench
  const inputs = graph.nodes.flatMap(({ name, op }) =>
    op === 'input' ? [hashTensor(bench.golden, name)] : [],
  )
  return evidenceKey(store, 'design', [describeDesign(bench), inputs])
}

const describeDesign = (bench: Omit<KeyedBench, 'golden'>): readonly unknown[] => [
  bench.plan.mode,
  bench.buildKey,
  // Every word counts, not the layer's own alone, because wrong RTL may read its neighbours' words.
  ROM_NAMES.map((name) => sha256(bench.roms[name].bytes)),
  bench.roms.engine,
  describeSurroundings(bench),
]

function hashTensor(golden: KeyedBench['golden'], name: string): string {
  const codes = golden.get(name)!
  return sha256(codes.constructor.name, new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength))
}

/** Describes how a simulation runs beyond what the build's key covers: seeds, stalls, plusargs besides the ROMs, the simulator. */
export function describeSurroundings({
  simulation,
  environment,
}: Pick<SimulationBench, 'simulation' | 'environment'>): unknown {
  const { plusargs = {}, sources: _sources, cacheDir: _cacheDir, fresh: _fresh, ...rest } = simulation
  const others = Object.entries(plusargs).filter(([name]) => !ROM_NAMES.some((rom) => rom === name))
  return [rest, others, environment]
}

function memoise(work: (name: string) => string): (name: string) => string {
  const known = new Map<string, string>()
  return (name) => {
    const value = known.get(name) ?? work(name)
    known.set(name, value)
    return value
  }
}
