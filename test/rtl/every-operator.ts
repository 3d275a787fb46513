import { type Engine, type Placed, Program } from './program-bench.ts'

/** Every operator, kernels 1 to 3, strides 1 and 2, odd widths, channels that fill no block, a concat, one wide tile. */
export function everyOperator(engine: Engine, seed: number): Program {
  const program = new Program(engine, seed)
  const { PI } = engine
  const image = program.image(3, 9, 11)
  const stem = program.conv(image, 3, 17, { kernel: 3, stride: 2, padding: 1 })
  const same = program.conv(stem, 17, 17, { kernel: 3, padding: 1 })
  const sum = program.add(stem, same)
  const wide = program.conv(sum, 17, 33, { table: false })
  const pooled = program.maxPool(wide, 5)
  program.maxPool(program.upsample(pooled, 2), 3)
  const copied = program.upsample(pooled, 1)
  program.conv(copied, 33, 5, { kernel: 2 })
  // The lowered stem: 2x2, padded at the top and left only.
  program.conv(image, 3, 8, { kernel: 2, padding: 1, outSize: [9, 11] })
  program.conv(image, 3, PI, { stride: 2 })
  // A concat: two results in the blocks of one buffer, and a convolution that reads both.
  const blocks = Math.ceil(5 / PI)
  const buffer = program.allocate(2 * blocks, 9, 11)
  const parts: Placed[] = []
  for (const index of [0, 1]) {
    const into = { ...buffer, base: buffer.base + index * blocks * buffer.plane }
    parts.push(program.conv(image, 3, 5, { into }))
  }
  const codes = Uint16Array.from(parts.flatMap((part) => [...part.codes]))
  const concat = { ...parts[0]!, ...buffer, channels: 2 * blocks * PI, codes }
  program.conv(concat, concat.channels, 7, { kernel: 3, padding: 1 })
  // A column and a row.
  program.conv(program.image(2, 6, 1), 2, 3, { kernel: 3, padding: 1 })
  program.conv(program.image(2, 1, 13), 2, 3, { kernel: 3, stride: 2, padding: 1 })
  // Results of fewer bits than the datapath has.
  const bits = engine.ActivationBits - 3
  program.add(stem, same, bits)
  program.conv(stem, 17, 9, { table: false, bits })
  return program
}
