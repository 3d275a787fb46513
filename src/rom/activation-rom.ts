/** Activations as memories, to load into a test bench: plain, or as the engine's feature words. */
import type { Codes } from '../golden/types.ts'
import type { RomImage } from './formats/types.ts'
import { featureBytes, hostBeatBytes, packTensor } from './pack.ts'
import type { EngineParameters } from './parameters.ts'
import type { Placement } from './placement.ts'
import { packWords } from './plain.ts'

/** One code per word, C order [c, h, w]; signed ones in two's complement. */
export const plainActivation = (name: string, codes: ArrayLike<number>, bits: number): RomImage =>
  packWords(name, bits, codes)

/** Feature words of PI lanes, lane i in bits i·A +: A, in the order block, row, column; idle lanes are zero (docs/detector.md). */
export function engineActivation(
  name: string,
  codes: Codes,
  place: Placement,
  engine: EngineParameters,
): RomImage {
  const beats = packTensor(codes, place, engine)
  const [beat, word] = [hostBeatBytes(engine), featureBytes(engine)]
  const depth = beats.length / beat
  const bytes = new Uint8Array(depth * word)
  for (let i = 0; i < depth; i++) bytes.set(beats.subarray(i * beat + beat - word, (i + 1) * beat), i * word)
  return { name, width: engine.inputLanes * engine.activationBits, depth, bytes }
}
