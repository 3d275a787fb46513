/** Vectors that are not ours: gemmlowp's own fixed-point header, compiled, against the profiles that say they are its arithmetic. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { PROFILES } from '../../src/arithmetic/built-in.ts'
import { runStages } from '../../src/arithmetic/run-stages.ts'
import { createRandom } from '../golden/random.ts'
import { makeFolder } from '../pipeline/prepared.ts'
import { compilerWords, needs } from '../witness.ts'

/** Reads rows of (acc, M, s), writes the scaled accumulator of each. As LiteRT calls it: to the left first, then both roundings. */
const PROGRAM = `
#include <cstdint>
#include <cstdio>
#include <gemmlowp/fixedpoint/fixedpoint.h>

int main() {
  std::int32_t row[3];
  while (std::fread(row, sizeof row, 1, stdin) == 1) {
    const std::int32_t s = row[2];
    const std::int32_t left = s < 0 ? static_cast<std::int32_t>(row[0] * (std::int64_t{1} << -s)) : row[0];
    const std::int32_t high = gemmlowp::SaturatingRoundingDoublingHighMul(left, row[1]);
    const std::int32_t scaled = gemmlowp::RoundingDivideByPOT(high, s > 0 ? s : 0);
    std::fwrite(&scaled, sizeof scaled, 1, stdout);
  }
}
`

const ROWS = 300_000
const LARGEST = 2 ** 31 - 1
const MULTIPLIERS = [0, 1, 3, 2 ** 30, 2 ** 30 + 1, 3 * 2 ** 29, LARGEST - 1, LARGEST]

/** s from −31 to 31 in turn. Accumulators of every size, and those at which a halving of the result is a tie. */
function makeRows(): Int32Array {
  const random = createRandom(11)
  const rows = new Int32Array(3 * ROWS)
  for (let i = 0; i < ROWS; i++) {
    const s = (i % 63) - 31
    const bits = 31 - Math.max(-s, 0)
    const least = -(2 ** bits)
    const ends = [0, 1, -1, least, least + 1, -least - 1, Math.floor(least / 2)]
    const size = random.integer(0, bits)
    const tie = random.integer(-32, 31) * 2 + 1
    const ofKind = [
      () => ends[random.integer(0, ends.length - 1)]!,
      () => tie * 2 ** Math.min(Math.max(s, 0), bits - 6),
      () => random.integer(-(2 ** size), 2 ** size - 1),
    ]
    const acc = ofKind[bits < 8 ? 2 : random.integer(0, 2)]!()
    const isEdge = random.integer(0, 2) === 0
    const multiplier = isEdge
      ? MULTIPLIERS[random.integer(0, MULTIPLIERS.length - 1)]!
      : random.integer(2 ** 30, LARGEST)
    rows.set([acc, multiplier, s], 3 * i)
  }
  return rows
}

needs('gemmlowp', 'gemmlowp', () => {
  const rows = makeRows()
  let scaled: Int32Array

  beforeAll(() => {
    const folder = makeFolder()
    writeFileSync(join(folder, 'scale.cc'), PROGRAM)
    const [program, ...first] = compilerWords()
    const built = spawnSync(program, [...first, '-O1', '-o', 'scale', 'scale.cc'], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect([built.status, built.stderr]).toEqual([0, expect.any(String)])
    const input = new Uint8Array(rows.buffer)
    const { status, stdout } = spawnSync(join(folder, 'scale'), { input, maxBuffer: 8 * ROWS })
    expect(status).toBe(0)
    scaled = new Int32Array(new Uint8Array(stdout).buffer)
  })

  test.each(['tflite', 'cmsis-nn'])('%s scales 300,000 accumulators as it does', (name) => {
    const { requantise } = PROFILES.find((one) => one.name === name)!
    const scaling = requantise.slice(
      0,
      requantise.findIndex(({ stage }) => stage === 'add-zero-point'),
    )
    expect(scaled).toHaveLength(ROWS)
    const wrong: string[] = []
    const seen = new Set<number>()
    for (let i = 0; i < ROWS; i++) {
      const [acc, multiplier, shift] = rows.subarray(3 * i, 3 * i + 3) as unknown as [number, number, number]
      const by = { multiplier, shift, zeroPoint: 0, scale: 0, codeBits: 8 }
      const own = Number(runStages(scaling, BigInt(acc), by))
      seen.add(own)
      if (own !== scaled[i]) wrong.push(`acc ${acc}, M ${multiplier}, s ${shift}: ${own}, not ${scaled[i]}`)
    }
    expect(wrong.slice(0, 5)).toEqual([])
    // They are not all 0.
    expect(seen.size).toBeGreaterThan(20_000)
  })

  test('another rounding is told from it', () => {
    const shift = { stage: 'shift-right', rounding: 'half-up' } as const
    const { requantise } = PROFILES.find((one) => one.name === 'tflite')!
    const wrong = [requantise[0]!, requantise[1]!, shift]
    const codes = Array.from({ length: 20_000 }, (_, i) => {
      const [acc, multiplier, s] = rows.subarray(3 * i, 3 * i + 3) as unknown as [number, number, number]
      return Number(
        runStages(wrong, BigInt(acc), { multiplier, shift: s, zeroPoint: 0, scale: 0, codeBits: 8 }),
      )
    })
    expect(codes.filter((code, i) => code !== scaled[i]).length).toBeGreaterThan(10)
  })
})
