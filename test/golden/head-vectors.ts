import type { DetectGeometry } from '../../src/golden/head-geometry.ts'
import { makeHeadTables } from '../../src/golden/head-tables.ts'
import type { IntegerHead, NmsOptions } from '../../src/golden/types.ts'
import { makeRandom } from '../../src/testing/random.ts'

/** One detect head with its tensors: what `detectSpec`, `detectFast` and `rtl/detect_head.sv` are all given. */
export interface HeadVector {
  readonly bits: number
  readonly geometry: DetectGeometry
  readonly head: IntegerHead
  readonly boxCodes: Uint8Array[]
  readonly classCodes: Uint8Array[]
  readonly options: NmsOptions
}

export interface VectorSettings {
  readonly seed: number
  /** [stride, height, width] of each level. */
  readonly levels: readonly (readonly [number, number, number])[]
  readonly classes?: number
  readonly regMax?: number
  readonly bits?: number
  readonly options?: Partial<NmsOptions>
  /** Class codes are drawn from this range; the default is the whole range of codes. */
  readonly classRange?: readonly [number, number]
  readonly boxRange?: readonly [number, number]
}

/** Random logit codes over the whole range. */
export function makeHeadVector(settings: VectorSettings): HeadVector {
  const { seed, classes = 3, regMax = 16, bits = 8, options } = settings
  const random = makeRandom(seed)
  const full = [0, 2 ** bits - 1] as const
  const draw = (length: number, [low, high]: readonly [number, number]) =>
    Uint8Array.from({ length }, () => low + random(high - low + 1))
  const levels = settings.levels.map(([stride, height, width]) => ({ stride, height, width }))
  const boxScale = 12 / 2 ** bits
  return {
    bits,
    geometry: { levels, regMax, classes },
    head: makeHeadTables(
      { scale: boxScale, zeroPoint: 2 ** (bits - 1), bits },
      { scale: 2 * boxScale, zeroPoint: 3 * 2 ** (bits - 2), bits },
    ),
    boxCodes: levels.map(({ height, width }) => draw(4 * regMax * height * width, settings.boxRange ?? full)),
    classCodes: levels.map(({ height, width }) =>
      draw(classes * height * width, settings.classRange ?? full),
    ),
    options: {
      minCode: 2 ** (bits - 1),
      iouThreshold: 717,
      capacity: 1024,
      maxDetections: 300,
      multiLabel: false,
      ...options,
    },
  }
}
