/** The error of a whole integer network on several images. */
import { type Crew, Engine } from '../golden/engine.ts'
import type { KernelMemory } from '../golden/engine-kernel.ts'
import type { Codes, IntegerGraph } from '../golden/types.ts'
import { outputError } from './output-error.ts'
import { runGently } from './run-gently.ts'

/** An image as the integer network reads it, and what the float network makes of it. */
export interface NetworkProbe {
  readonly codes: Codes
  /** The tensors of `listOutputTensors`. */
  readonly real: ReadonlyMap<string, Float32Array>
}

/** The logarithm of an error needs one. */
const LEAST = 1e-12

/**
 * Geometric mean of an error of outputs: an image on which every network is far off does not decide alone.
 *
 * @param memory of the engine, for who measures many networks
 */
export async function measureNetwork(
  integer: IntegerGraph,
  probes: readonly NetworkProbe[],
  crew: Crew | null,
  errorOf: typeof outputError = outputError,
  memory?: KernelMemory,
): Promise<number> {
  const engine = Engine.create(integer, memory === undefined ? { crew } : { crew, memory })
  let sum = 0
  for (const { codes, real } of probes) {
    const made = await runGently(engine, codes, { only: new Set(real.keys()) })
    sum += Math.log(Math.max(LEAST, errorOf(integer, made, real)))
  }
  return Math.exp(sum / probes.length)
}
