import { describe, expect, test } from 'vitest'
import { type Dut, simulate } from '../../src/simulate/index.ts'
import { makeRandom } from '../../src/testing/random.ts'
import { type Instruction, packInstruction, type Sizes, type Walk, walk } from './walk.ts'

interface WalkerPorts {
  rst_ni: number
  start_i: number
  instr_i: bigint
  weight_stall_i: number
  weight_failed_i: number
  readonly weight_wait_o: number
  readonly beat_group_end_o: number
  readonly busy_o: number
  readonly beat_valid_o: number
  readonly beat_first_o: number
  readonly beat_last_o: number
  readonly beat_row_o: number
  readonly beat_shift_o: number
  readonly beat_pad_o: number
  readonly beat_weight_o: number
  readonly tile_row_o: number
  readonly tile_bank_o: number
  readonly tile_pixels_o: number
  readonly tile_blocks_o: number
  readonly tile_param_o: number
}

const open = ({ PI, PO, PX, rowBits, weightBits, paramBits }: Sizes) =>
  simulate<WalkerPorts>({
    top: 'tile_walker',
    sources: ['rtl/assay_pkg.sv', 'rtl/tile_walker.sv'],
    parameters: {
      PI,
      PO,
      PX,
      FeatureDepth: 2 ** rowBits,
      WeightDepth: 2 ** weightBits,
      ParamDepth: 2 ** paramBits,
    },
    randomiseUnknowns: true,
  })

const tileOf = (ports: WalkerPorts): string =>
  [ports.tile_row_o, ports.tile_bank_o, ports.tile_pixels_o, ports.tile_blocks_o, ports.tile_param_o].join()

/** Runs one instruction. */
function record(
  dut: Dut<WalkerPorts>,
  instruction: Instruction,
  isStalled: (cycle: number) => boolean = () => false,
): Walk {
  const { ports } = dut
  ports.instr_i = packInstruction(instruction)
  ports.start_i = 1
  dut.tick()
  ports.start_i = 0
  const beats: Walk['beats'][number][] = []
  const tiles: Walk['tiles'][number][] = []
  const waits: number[] = []
  // The first beat comes four cycles and one for each padding row later.
  const first = dut.cycle + 4 + instruction.padding
  while (ports.busy_o === 1) {
    const cycle = dut.cycle - first
    ports.weight_stall_i = isStalled(cycle) ? 1 : 0
    if (ports.weight_wait_o === 1) waits.push(cycle)
    const isBeat = ports.beat_valid_o === 1
    const isLast = isBeat && ports.beat_last_o === 1
    if (isBeat) {
      beats.push({
        cycle,
        first: ports.beat_first_o === 1,
        last: isLast,
        groupEnd: ports.beat_group_end_o === 1,
        row: ports.beat_row_o,
        shift: ports.beat_shift_o,
        pad: ports.beat_pad_o,
        weight: instruction.opcode === 1 ? ports.beat_weight_o : 0,
      })
    }
    const [tile, mayChange] = [tileOf(ports), ports.beat_last_o === 1]
    dut.tick()
    if (tileOf(ports) !== tile && !mayChange) throw new Error('a tile changes without a last beat')
    if (cycle > 20_000) throw new Error('the walk does not end')
    if (!isLast) continue
    tiles.push({
      row: ports.tile_row_o,
      bank: ports.tile_bank_o,
      pixels: ports.tile_pixels_o + 1,
      blocks: ports.tile_blocks_o + 1,
      param: instruction.opcode === 1 ? ports.tile_param_o : 0,
    })
  }
  // An instruction begins when the one before has written its last word: a tile of 8 pixels and 3 blocks at the most.
  ports.weight_stall_i = 0
  dut.tick(24)
  return { beats, tiles, waits }
}

const small: Sizes = { PI: 4, PO: 8, PX: 4, rowBits: 10, weightBits: 9, paramBits: 6 }

const conv: Instruction = {
  opcode: 1, kernel: 3, stride: 1, padding: 1,
  input: { base: 40, plane: 30, pitch: 2 }, width: 9, height: 5, blocks: 2,
  output: { base: 300, plane: 21, pitch: 3 }, outWidth: 9, outHeight: 5, outBlocks: 3,
  weightBase: 11, paramBase: 7, second: { base: 0, plane: 0, pitch: 0 },
} // biome-ignore format: as the words of an instruction

describe('tile_walker walks as docs/detector.md says', () => {
  test.each<{ because: string; change?: Partial<Instruction>; sizes?: Partial<Sizes> }>([
    { because: 'a 3x3 convolution with padding' },
    { because: 'a 1x1 convolution', change: { kernel: 1, padding: 0 } },
    { because: 'stride 2, odd width', change: { stride: 2, outWidth: 5, outHeight: 3 } },
    {
      because: 'stride 2, even width',
      change: { stride: 2, width: 8, height: 6, outWidth: 4, outHeight: 3 },
    },
    { because: 'a 6x6 kernel, padding 2', change: { kernel: 6, padding: 2, stride: 2, width: 12, outWidth: 6, outHeight: 3 } }, // biome-ignore format: a case a line
    {
      because: 'tiles with more results than beats',
      change: { kernel: 1, padding: 0, blocks: 1, outBlocks: 4 },
    },
    { because: 'one output block of a group of two', change: { outBlocks: 1 } },
    { because: 'one pixel', change: { width: 1, height: 1, outWidth: 1, outHeight: 1 } },
    { because: 'rows that wrap', change: { input: { base: 1020, plane: 30, pitch: 2 } } },
    { because: 'more rows than a column has bits', sizes: { rowBits: 17 } },
    { because: 'max-pool 5x5', change: { opcode: 3, kernel: 5, padding: 2, outBlocks: 2 } },
    { because: 'max-pool 2x2, stride 2', change: { opcode: 3, kernel: 2, stride: 2, padding: 0, outWidth: 4, outHeight: 2, outBlocks: 2 } }, // biome-ignore format: a case a line
    { because: 'a copy', change: { opcode: 4, kernel: 0, stride: 1, padding: 0, outBlocks: 2 } },
    { because: 'doubling', change: { opcode: 4, kernel: 0, stride: 2, padding: 0, outWidth: 18, outHeight: 10, outBlocks: 2 } }, // biome-ignore format: a case a line
    { because: 'an addition', change: { opcode: 2, kernel: 0, padding: 0, outBlocks: 2, second: { base: 500, plane: 25, pitch: 4 } } }, // biome-ignore format: a case a line
    { because: 'one pixel a tile', sizes: { PX: 1, PO: 4 } },
    { because: 'an addition, one pixel a tile', sizes: { PX: 1 }, change: { opcode: 2, kernel: 0, padding: 0, outBlocks: 2, second: { base: 3, plane: 31, pitch: 5 } } }, // biome-ignore format: a case a line
    { because: 'doubling, one pixel a tile', sizes: { PX: 1 }, change: { opcode: 4, kernel: 0, stride: 2, padding: 0, outWidth: 18, outHeight: 10, outBlocks: 2 } }, // biome-ignore format: a case a line
    {
      because: 'eight pixels a tile, three blocks',
      sizes: { PX: 8, PI: 2, PO: 6 },
      change: { outBlocks: 7 },
    },
  ])('$because', async ({ change, sizes }) => {
    const all = { ...small, ...sizes }
    const instruction = { ...conv, ...change }
    await using dut = await open(all)
    const expected = walk(instruction, all)
    // Twice: nothing of the first run is left in the second.
    for (let round = 0; round < 2; round++) {
      expect(record(dut, instruction)).toEqual(expected)
    }
  })

  test.each([small, { ...small, PX: 2, PI: 2, PO: 2 }])(
    'random instructions, one after another: %o',
    async (sizes) => {
      await using dut = await open(sizes)
      const random = makeRandom(sizes.PX)
      const memory = () => ({ base: random(1024), plane: random(200), pitch: random(9) })
      for (let round = 0; round < 60; round++) {
        const opcode = 1 + random(4)
        const kernel = opcode === 1 || opcode === 3 ? 1 + random(5) : 0
        const instruction: Instruction = {
          opcode,
          kernel,
          stride: opcode === 2 ? 1 : 1 + random(2),
          padding: kernel === 0 ? 0 : random(kernel),
          input: memory(),
          width: 1 + random(20),
          height: 1 + random(6),
          blocks: 1 + random(3),
          output: memory(),
          outWidth: 1 + random(20),
          outHeight: 1 + random(5),
          outBlocks: 1 + random(5),
          weightBase: random(512),
          paramBase: random(64),
          second: memory(),
        }
        // Weights come now and then, in the second half of the rounds.
        const late = new Set(Array.from({ length: 4000 }, (_, cycle) => cycle).filter(() => random(3) === 0))
        const isStalled = (cycle: number): boolean => round >= 30 && late.has(cycle)
        const expected = walk(instruction, sizes, isStalled)
        expect(record(dut, instruction, isStalled), JSON.stringify(instruction)).toEqual(expected)
      }
    },
  )
})

test('a reset ends a walk, whatever is under way', async () => {
  // A beat a tile and eight words of results: the walker waits for the drain most of the time.
  const instruction = { ...conv, kernel: 1, padding: 0, blocks: 1, outBlocks: 2 }
  const padded = { ...conv, kernel: 5, padding: 2 }
  const expected = walk(instruction, small)
  for (let delay = 0; delay < 60; delay++) {
    await using dut = await open(small)
    const { ports } = dut
    Object.assign(ports, { instr_i: packInstruction(delay % 2 === 0 ? padded : instruction), start_i: 1 })
    dut.tick()
    ports.start_i = 0
    dut.tick(delay >> 1)
    expect(ports.busy_o).toBe(1)
    ports.rst_ni = 0
    expect([ports.busy_o, ports.beat_valid_o]).toEqual([0, 0])
    dut.tick()
    ports.rst_ni = 1
    for (let cycle = 0; cycle < 12; cycle++) {
      dut.tick()
      expect([ports.busy_o, ports.beat_valid_o]).toEqual([0, 0])
    }
    expect(record(dut, instruction), `after ${delay} cycles`).toEqual(expected)
  }
})

test('weights that fail end a walk at once, whatever is under way', async () => {
  for (const change of [{}, { kernel: 1, padding: 0, blocks: 1, outBlocks: 2 }]) {
    const instruction = { ...conv, ...change }
    const expected = walk(instruction, small)
    await using dut = await open(small)
    const { ports } = dut
    for (let delay = 0; delay < 40; delay++) {
      Object.assign(ports, { instr_i: packInstruction(instruction), start_i: 1 })
      dut.tick()
      ports.start_i = 0
      dut.tick(delay)
      expect(ports.busy_o).toBe(1)
      ports.weight_failed_i = 1
      dut.tick()
      ports.weight_failed_i = 0
      for (let cycle = 0; cycle < 30; cycle++) {
        expect([ports.busy_o, ports.beat_valid_o, ports.weight_wait_o]).toEqual([0, 0, 0])
        dut.tick()
      }
      expect(record(dut, instruction), `after ${delay} cycles`).toEqual(expected)
    }
  }
})
