/** Programs are not trusted: what `operand_check` lets through touches no row and no word outside of its memory. */
import { describe, expect, test } from 'vitest'
import { type Dut, simulate } from '../../src/simulate/index.ts'
import { makeRandom } from '../../src/testing/random.ts'
import { compareTaps, DEPTHS, openDetector, runProgram } from './detector-bench.ts'
import { type Engine, Program } from './program-bench.ts'

interface CheckPorts {
  rst_ni: number
  start_i: number
  instr_i: bigint
  readonly done_o: number
  readonly ok_o: number
}

const [CONV, ADD, MAX_POOL, UPSAMPLE, DETECT] = [1, 2, 3, 4, 5] as const
const HARDWARE = {
  ...{ PI: 3, PO: 9, PX: 2, ActivationBits: 8, TableBits: 9 },
  ...{ FeatureDepth: 3000, WeightDepth: 700, ParamDepth: 40, TableDepth: 2048, MaxLevels: 3 },
}
const {
  PI,
  PO,
  PX,
  ActivationBits,
  TableBits,
  FeatureDepth,
  WeightDepth,
  ParamDepth,
  TableDepth,
  MaxLevels,
} = HARDWARE

const low = (word: number): number => word & 0xffff
const high = (word: number): number => word >>> 16
const byte = (word: number, at: number): number => (word >>> (8 * at)) & 255

/** The last row that a tensor has, as docs/detector.md has it, in numbers without limits. */
function lastRow(
  base: number,
  plane: number,
  pitch: number,
  [blocks, height, width]: readonly number[],
): bigint {
  const [b, h, w] = [blocks!, height!, width!].map((count) => BigInt(count - 1))
  return BigInt(base) + b! * BigInt(plane) + h! * BigInt(pitch) + w! / BigInt(2 * PX)
}

/** Written from docs/detector.md alone. */
function runsOn(words: readonly number[]): boolean {
  const op = byte(words[0]!, 0)
  const tensors: (readonly [number, number, number, readonly number[]])[] = []
  const w = (k: number): number => words[k]!
  if (op === DETECT) {
    const levels = low(w(3))
    if (levels < 1 || levels > MaxLevels || w(4) < 1 || w(4) > 1024 || w(5) < 1 || w(5) > 16 || w(2) > 1024)
      return false
    for (let level = 0; level < levels; level++) {
      const [box, classes, plane, size, pitch] = words.slice(7 + 5 * level, 12 + 5 * level) as [
        number,
        number,
        number,
        number,
        number,
      ]
      if (high(pitch) > 7 || low(pitch) >= 4096 || high(size) > 2048 || low(size) > 2048) return false
      tensors.push([box, plane, low(pitch), [Math.ceil((4 * w(5)) / PI), high(size), low(size)]])
      tensors.push([classes, plane, low(pitch), [Math.ceil(w(4) / PI), high(size), low(size)]])
    }
  } else {
    const blocks = low(w(10))
    tensors.push([w(1), w(2), w(3), [op === CONV ? low(w(5)) : blocks, high(w(4)), low(w(4))]])
    tensors.push([w(6), w(7), w(8), [blocks, high(w(9)), low(w(9))]])
    if (op === ADD) tensors.push([w(17), w(18), w(19), [blocks, high(w(9)), low(w(9))]])
    // An addition has no stride; what would be one of 2 is refused.
    if (op === ADD ? byte(w(11), 1) === 2 : ![1, 2].includes(byte(w(11), 1))) return false
    if ((op === CONV || op === MAX_POOL) && byte(w(11), 0) === 0) return false
    const n = byte(w(16), 1)
    const hasTable = op === CONV && (w(16) & 1) === 1
    if ((op === CONV || op === ADD) && n === 0) return false
    if (n > (hasTable ? TableBits : ActivationBits)) return false
    if (op === CONV) {
      const groups = Math.ceil(blocks / (PO / PI))
      const used = BigInt(groups) * BigInt(byte(w(11), 0)) ** 2n * BigInt(low(w(5)))
      if (used + BigInt(w(13)) > BigInt(WeightDepth) || groups + w(14) > ParamDepth) return false
      if (hasTable && w(15) + 2 ** TableBits > TableDepth) return false
    }
  }
  return tensors.every(
    ([base, plane, pitch, sizes]) =>
      sizes.every((size) => size > 0) &&
      [base, plane, pitch].every((rows) => rows < 2 ** 24) &&
      lastRow(base, plane, pitch, sizes) < BigInt(FeatureDepth),
  )
}

const random = makeRandom(9)
const pick = <Value>(values: readonly Value[]): Value => values[random(values.length)]!
/** The first, and now and then one of the others. */
const mostly = <Value>(right: Value, ...others: readonly Value[]): Value =>
  random(24) > 0 ? right : pick(others)

/** Mostly near what fits: a tensor that ends at the last row, or one behind it. */
function tensor(blocks: number, height: number, width: number): [base: number, plane: number, pitch: number] {
  const pitch = Math.ceil(width / (2 * PX)) + random(3)
  const plane = pitch * height + random(9)
  const end = Number(lastRow(0, plane, pitch, [blocks, height, width]))
  const base = Math.max(0, FeatureDepth - 1 - end - pick([0, 0, 1, 20]) + mostly(0, 1))
  // Rows whose product is a multiple of what is kept of it.
  const round = 2 ** 24 / 2 ** random(5)
  return [mostly(base, 2 ** 24 + base, 2 ** 31), mostly(plane, round), mostly(pitch, round, 2 ** 24)]
}

function instruction(): number[] {
  const words = new Array<number>(32).fill(0)
  const size = (most: number): number => mostly(1 + random(most), 0, 65_535)
  const op = pick([CONV, CONV, ADD, MAX_POOL, UPSAMPLE, DETECT])
  words[0] = op
  if (op === DETECT) {
    const classes = mostly(pick([1, 8, 80, 1024]), 0, 1025)
    const bins = mostly(pick([16, 1]), 0, 17)
    const levels = mostly(1 + random(3), 0, 4, 8) | (random(2) << 16)
    words.splice(1, 6, 3, mostly(pick([717, 1024]), 1025), levels, classes, bins, 300)
    for (let level = 0; level < 4; level++) {
      // A line or a column, of as many pixels as the head can count, or one more.
      const long = mostly(0, 2047, 2048, 2049)
      const isLine = random(2) === 1
      const [height, width] = long === 0 ? [size(8), size(8)] : isLine ? [1, long] : [long, 1]
      const blocks = Math.ceil(Math.max(4 * bins, classes, 1) / PI)
      const [base, plane, pitch] = tensor(blocks, Math.max(1, height), Math.max(1, width))
      const stride = mostly(pick([3, 5, 7]), 8)
      words.splice(7 + 5 * level, 3, base, Math.max(0, base - random(2)), plane)
      words.splice(
        10 + 5 * level,
        2,
        (width | (height << 16)) >>> 0,
        (mostly(pitch & 0xffff, 4095, 4096) | (stride << 16)) >>> 0,
      )
    }
    return words
  }
  const [blocks, height, width, inBlocks] = [size(6), size(20), size(20), size(6)]
  const sizes = [height, width].map((one) => Math.max(1, one)) as [number, number]
  words.splice(1, 3, ...tensor(Math.max(1, op === CONV ? inBlocks : blocks), ...sizes))
  words[4] = (width | (height << 16)) >>> 0
  words[5] = inBlocks
  words.splice(6, 3, ...tensor(Math.max(1, blocks), ...sizes))
  words[9] = words[4]!
  words[10] = blocks
  const kernel = mostly(pick([1, 3, 5]), 0)
  const stride = op === ADD ? mostly(random(2), 2, 3) : mostly(pick([1, 2]), 0, 3)
  words[11] = kernel | (stride << 8) | (random(3) << 16)
  const groups = Math.ceil(blocks / (PO / PI))
  words[13] = Math.max(0, WeightDepth - groups * kernel ** 2 * inBlocks - pick([0, 9]) + mostly(0, 1))
  words[14] = Math.max(0, ParamDepth - groups - pick([0, 3]) + mostly(0, 1))
  words[15] = TableDepth - 2 ** TableBits - pick([0, 5]) + mostly(0, 1)
  words[16] = random(2) | (mostly(8, 9, 0, 10) << 8)
  words.splice(17, 3, ...tensor(Math.max(1, blocks), ...sizes))
  return words
}

const pack = (words: readonly number[]): bigint =>
  words.reduceRight((all, word) => (all << 32n) | BigInt(word), 0n)

const open = (parameters: Readonly<Record<string, number>> = HARDWARE) =>
  simulate<CheckPorts>({
    top: 'operand_check',
    sources: ['rtl/assay_pkg.sv', 'rtl/operand_check.sv'],
    parameters,
    randomiseUnknowns: true,
  })

function start(dut: Dut<CheckPorts>): void {
  dut.ports.start_i = 1
  dut.tick()
  dut.ports.start_i = 0
}

describe('an instruction', () => {
  test('is let through if, and only if, all of it is within its memories', async () => {
    await using dut = await open()
    const { ports } = dut
    const wrong: unknown[] = []
    const counts = [0, 0]
    let before = instruction()
    const latencies = Array.from({ length: 6 }, () => new Set<number>())
    for (let turn = 0; turn < 20_000 && wrong.length < 3; turn++) {
      const words = instruction()
      // The words behind the eleventh come one a cycle; before, there are those of another instruction.
      const give = (there: number): void => {
        ports.instr_i = pack(words.map((word, k) => (k <= there ? word : before[k]!)))
      }
      give(11)
      start(dut)
      let cycles = 1
      for (; ports.done_o === 0 && cycles < 150; cycles++) {
        if (cycles <= 20) give(11 + cycles)
        dut.tick()
      }
      before = words
      const expected = runsOn(words)
      if (expected) latencies[byte(words[0]!, 0)]!.add(cycles)
      counts[Number(expected)]!++
      if ((ports.ok_o === 1) !== expected || ports.done_o === 0) wrong.push([words, expected, cycles])
      dut.tick()
    }
    expect(wrong).toEqual([])
    expect(Math.min(...counts)).toBeGreaterThan(1500)
    expect(latencies.map((seen) => [...seen].sort((a, b) => a - b))).toEqual([
      [],
      [37],
      [33],
      [25],
      [25],
      [25, 41, 57],
    ])
  })

  test('is judged at the last row, the longest line and the largest product of a large memory', async () => {
    const Rows = 2 ** 20
    await using dut = await open({ ...HARDWARE, PI: 4, PO: 8, FeatureDepth: Rows })
    /** One level of one class and so many bins, at the memory's end but for so many rows. */
    const detect = (bins: number, rows: number, height: number, width: number, plane: number): number[] => {
      const words = [
        DETECT,
        3,
        717,
        1,
        1,
        bins,
        300,
        Rows - rows,
        0,
        plane,
        width | (height << 16),
        1 | (3 << 16),
      ]
      return [...words, ...new Array<number>(20).fill(0)]
    }
    /** A maximum of one pixel, in and out, of so many blocks or lines. */
    const pool = (blocks: number, height: number, plane: number, pitch: number): number[] => {
      const tensor = [0, plane, pitch, 1 | (height << 16)]
      const words = [MAX_POOL, ...tensor, 0, 0, plane, pitch, tensor[3]!, blocks, 0x101]
      return [...words, ...new Array<number>(20).fill(0)]
    }
    const cases: readonly [string, number[], number][] = [
      // Of two bins there are eight codes, two blocks of four.
      ['two blocks of bins end at the last row', detect(2, 8, 1, 1, 7), 1],
      ['two blocks of bins end behind it', detect(2, 7, 1, 1, 7), 0],
      ['a column of 2048 pixels', detect(1, 2048, 2048, 1, 2048), 1],
      ['a column of 2049 pixels', detect(1, 2049, 2049, 1, 2049), 0],
      ['planes of DETECT of 4096 rows', detect(2, 4097, 1, 1, 4096), 1],
      ['lines of an operator of 4096 rows', pool(1, 2, 8192, 4096), 1],
      ['a product whose first digit alone goes beyond 2^24', pool(0x2001, 1, 0x80_0000, 1), 0],
      ['a product whose second digit does', pool(0x201, 1, 0x80_0000, 1), 0],
    ]
    for (const [what, words, ok] of cases) {
      dut.ports.instr_i = pack(words)
      start(dut)
      dut.tick(150)
      expect([dut.ports.done_o, dut.ports.ok_o], what).toEqual([1, ok])
    }
  })

  test('holds its verdict up to the next start, whatever it becomes', async () => {
    await using dut = await open()
    const { ports } = dut
    const verdicts = new Set<number>()
    for (let turn = 0; turn < 300; turn++) {
      ports.instr_i = pack(instruction())
      start(dut)
      dut.tick(150)
      const verdict = ports.ok_o
      verdicts.add(verdict)
      ports.instr_i = pack(instruction())
      for (let cycle = 0; cycle < 40; cycle++) {
        dut.tick()
        expect([ports.done_o, ports.ok_o]).toEqual([1, verdict])
      }
    }
    expect(verdicts).toEqual(new Set([0, 1]))
  })

  test('that a reset ends has no verdict, and the next one has its own, in its cycles', async () => {
    await using dut = await open()
    const { ports } = dut
    // A maximum of one pixel, in and out.
    const words = new Array<number>(32).fill(0)
    Object.assign(words, { 0: MAX_POOL, 4: 0x1_0001, 9: 0x1_0001, 10: 1, 11: 0x101 })
    ports.instr_i = pack(words)
    expect(runsOn(words)).toBe(true)
    for (let delay = 0; delay < 30; delay++) {
      start(dut)
      dut.tick(delay)
      ports.rst_ni = 0
      expect(ports.done_o).toBe(0)
      dut.tick()
      ports.rst_ni = 1
      // Half of the time the next start comes at once.
      for (let cycle = 0; cycle < 150 * (delay % 2); cycle++) {
        expect(ports.done_o).toBe(0)
        dut.tick()
      }
      start(dut)
      let cycles = 1
      for (; ports.done_o === 0 && cycles < 150; cycles++) dut.tick()
      expect([cycles, ports.ok_o], `after ${delay} cycles`).toEqual([25, 1])
    }
  })
})

describe('a program with such an instruction', () => {
  const engine: Engine = { PI: 8, PO: 16, PX: 2, WeightBits: 8, ActivationBits: 8, TableBits: 10 }
  /** A convolution of 3 to 8 channels, with the words of its instruction changed. */
  const convWith = (index: number, change: (word: number) => number): Program => {
    const program = new Program(engine, 4)
    program.conv(program.image(3, 4, 5), 3, 8, { table: false })
    program.conv(program.image(3, 4, 5), 3, 8, { table: false })
    const words = program.instructions[1]!
    words[index] = change(words[index]!)
    return program
  }

  test.each<[string, number, (word: number) => number]>([
    ['no output block', 10, () => 0],
    ['no input block', 5, () => 0],
    ['a base at the end of the memory', 6, () => DEPTHS.FeatureDepth - 1],
    ['a base beyond all memories', 1, () => 2 ** 31],
    ['a stride of 3', 11, (word) => (word & 0xff00ff) | (3 << 8)],
    ['more bits than a code has', 16, () => 11 << 8],
    ['weights beyond their ROM', 13, () => 2 ** 20],
  ])('%s ends with error 6, and writes nothing', async (_, index, change) => {
    const program = convWith(index, change)
    await using dut = await openDetector(program)
    const before = runProgram(dut, 0, 0)
    expect([before.error, compareTaps(before.taps[0], program.expected[0]!)]).toEqual([0, null])
    const { error, taps, cycles } = runProgram(dut, 0, 1)
    expect([error, taps[1]]).toEqual([6, undefined])
    expect(cycles).toBeLessThan(before.cycles + 100)
    // It holds nothing back: what is right runs again.
    expect(runProgram(dut, 0, 0)).toEqual(before)
  })
})
