/** Parameters of `rtl/detector.sv` that the ROMs depend on (docs/detector.md). */
import { InputError } from '../input/input-error.ts'
import { type Checked, openObject, whole } from '../input/schema.ts'

export const engineParameters = openObject({
  /** PI: input channels per cycle, lanes of a feature word. */
  inputLanes: whole(0),
  /** PO: output channels per cycle, a multiple of PI. */
  outputLanes: whole(0),
  /** PX: neighbouring pixels per cycle, a power of two. */
  pixels: whole(0),
  /** W of the widest layer. */
  weightBits: whole(0),
  /** A of the widest tensor; the codes of others lie in the low bits. */
  activationBits: whole(0),
  /** P of clause A-5. */
  tableBits: whole(0),
  /** K of clause A-10. */
  capacity: whole(0),
  maxDetections: whole(0),
})
export type EngineParameters = Checked<typeof engineParameters>

export const DEFAULT_ENGINE: EngineParameters = {
  inputLanes: 16,
  outputLanes: 16,
  pixels: 4,
  weightBits: 8,
  activationBits: 8,
  tableBits: 8,
  capacity: 1024,
  maxDetections: 300,
}

/** Banks of the feature memory: any PX neighbours at stride 1 or 2 lie in different ones. */
export const banks = (engine: EngineParameters): number => 2 * engine.pixels

/** Largest PI that rtl/detector.sv takes. */
const MAX_LANES = 32

/** Candidates and boxes, which it counts in 16 bits. */
const MOST_BOXES = 65_535

/** @throws InputError naming the parameter that the RTL would refuse. */
export function checkEngine(engine: EngineParameters): void {
  const { inputLanes, outputLanes, pixels, weightBits, activationBits, tableBits } = engine
  const { capacity, maxDetections } = engine
  const refuse = (what: string): never => {
    throw new InputError(what, 'engine parameters')
  }
  if (!Number.isInteger(inputLanes) || inputLanes < 1 || inputLanes > MAX_LANES)
    refuse(`PI must be 1 to ${MAX_LANES}, got ${inputLanes}`)
  if (!Number.isInteger(outputLanes) || outputLanes < 1 || outputLanes % inputLanes !== 0)
    refuse(`PO must be a multiple of PI (${inputLanes}), got ${outputLanes}`)
  if (![1, 2, 4, 8, 16].includes(pixels)) refuse(`PX must be 1, 2, 4, 8 or 16, got ${pixels}`)
  if (weightBits < 2 || weightBits > 8) refuse(`the RTL takes weights of 2 to 8 bits, got ${weightBits}`)
  if (activationBits < 4 || activationBits > 8)
    refuse(`the RTL takes activations of 4 to 8 bits, got ${activationBits}`)
  if (tableBits < activationBits || tableBits > 12)
    refuse(`the activation table's index must have ${activationBits} to 12 bits, got ${tableBits}`)
  for (const [name, value] of Object.entries({ Capacity: capacity, MaxDetections: maxDetections }))
    if (!Number.isInteger(value) || value < 1 || value > MOST_BOXES)
      refuse(`${name} must be 1 to ${MOST_BOXES}, got ${value}`)
}

/** The largest side whose box corners fit 16 bits at stride 32; a head of other strides is checked by itself. */
const MAX_INPUT_SIDE = 1568

/** @throws InputError for an input of the network that is too large for the RTL. */
export function checkInputSize(height: number, width: number): void {
  if (Math.max(height, width) <= MAX_INPUT_SIDE) return
  throw new InputError(
    `the input is ${height}x${width} (height x width), box corners hold at most ${MAX_INPUT_SIDE} pixels`,
    'the RTL cannot run this network',
    'Give a smaller --size.',
  )
}
