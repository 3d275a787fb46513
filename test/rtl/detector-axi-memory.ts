/** `detector_axi` with its weights in a memory, for its tests. */
import { memoryImage } from '../../src/rom/weights-image.ts'
import { type AxiMemory, axiMemory } from '../../src/simulate/index.ts'
import { type Bench, type BenchOptions, openBench } from './detector-axi-bench.ts'
import type { Network } from './detector-axi-networks.ts'

/** Byte addresses of the two registers that only weights from a memory have. */
export const WEIGHTS_BASE = { low: 0x80, high: 0x84 } as const
export const BASE = 0x3_0000_1000

export interface Weather {
  readonly latency: number | readonly [number, number]
  readonly stalls: number
}
export const CALM: Weather = { latency: 1, stalls: 0 }
export const ROUGH: Weather = { latency: [8, 40], stalls: 0.3 }

interface WithMemory extends Bench {
  readonly memory: AxiMemory
}

/** Nothing is in the weight ROM's place; WEIGHTS_BASE is set. */
export async function openWithMemory(
  network: Network,
  bits: number,
  weather: Weather,
  { parameters, ...more }: BenchOptions = {},
): Promise<WithMemory> {
  const options = { WeightsFromMemory: 1, MemoryDataBits: bits, ...parameters }
  const bench = await openBench(network, { ...more, parameters: options })
  const bytes = memoryImage(bench.roms.weights)
  const memory = axiMemory(bench.dut, 'm_axi', { bytes, base: BASE, seed: 5, ...weather })
  await bench.control.write(WEIGHTS_BASE.low, BASE % 2 ** 32)
  await bench.control.write(WEIGHTS_BASE.high, Math.floor(BASE / 2 ** 32))
  return { ...bench, memory }
}
