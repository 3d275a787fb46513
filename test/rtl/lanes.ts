/** Lanes of a flat port: the first in the lowest bits; a number where all of it fits 53 bits, as ports have it. */
export function packLanes(values: readonly number[], bits: number): number | bigint {
  const mask = 2n ** BigInt(bits) - 1n
  const packed = values.reduceRight((word, value) => (word << BigInt(bits)) | (BigInt(value) & mask), 0n)
  return values.length * bits <= 53 ? Number(packed) : packed
}

/** The lanes of a flat port, unsigned. */
export function unpackLanes(word: number | bigint, count: number, bits: number): number[] {
  return Array.from({ length: count }, (_, lane) =>
    Number((BigInt(word) >> BigInt(lane * bits)) & (2n ** BigInt(bits) - 1n)),
  )
}

export type LanePort = number | bigint
