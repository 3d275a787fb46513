/** A bench of `assay probe` that a user writes: what gives codes where ports and options cannot say how. */

/** What the bench is asked: an accumulator, and what its channel is computed with. */
export interface ProbeBeat {
  readonly acc: bigint
  /** M; 0 where `multiplier` is not given. */
  readonly multiplier: number
  readonly shift: number
  readonly zeroPoint: number
  /** A float32; 0 unless `scale` is true. */
  readonly scale: number
}

export interface ProbeBench {
  readonly accBits: number
  readonly codeBits: number
  /** Least and greatest value to ask for; a part that is left out is not there. */
  readonly multiplier?: readonly [least: number, greatest: number]
  /** Left out: s is inside, and to be found. */
  readonly shift?: readonly [least: number, greatest: number]
  readonly zeroPoint?: readonly [least: number, greatest: number]
  /** Whether it takes a float32 scale instead of M and s. */
  readonly scale?: boolean
  /** The codes of the beats, in order; signed or unsigned. */
  readonly answer: (
    beats: readonly ProbeBeat[],
  ) => readonly (number | bigint)[] | Promise<readonly (number | bigint)[]>
}

/** Gives a bench its type, and nothing else: `export default defineProbe({ … })`. */
export const defineProbe = (bench: ProbeBench): ProbeBench => bench
