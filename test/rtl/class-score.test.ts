import { describe, expect, test } from 'vitest'
import { type Dut, simulate } from '../../src/simulate/index.ts'
import { makeRandom } from '../../src/testing/random.ts'

interface ScorePorts {
  rst_ni: number
  start_i: number
  level_count_i: number
  levels_i: bigint
  classes_i: number
  min_code_i: number
  multi_label_i: number
  read_data_i: number
  readonly read_valid_o: number
  readonly read_row_o: number
  readonly read_bank_o: number
  readonly done_o: number
  readonly candidate_valid_o: number
  readonly candidate_code_o: number
  readonly candidate_class_o: number
  readonly candidate_place_o: number
}

interface Level {
  readonly base: number
  readonly plane: number
  readonly pitch: number
  readonly width: number
  readonly height: number
}

interface Scan {
  readonly levels: readonly Level[]
  readonly classes: number
  readonly minCode: number
  readonly multiLabel: boolean
}

const [lanes, bits, px] = [4, 4, 2]
const banks = 2 * px
const lanesOf = (word: number) => Array.from({ length: lanes }, (_, lane) => (word >> (lane * bits)) & 15)

/** @param MaxLevels that the hardware has room for */
const open = (seed: number, MaxLevels = 3) =>
  simulate<ScorePorts>({
    top: 'class_score',
    sources: ['rtl/assay_pkg.sv', 'rtl/class_score.sv'],
    parameters: { PI: lanes, ActivationBits: bits, PX: px, MaxLevels },
    verilatorFlags: ['--assert'],
    randomiseUnknowns: true,
    seed,
  })

/** Any word of the feature memory, from its place. `spread` 16: all codes are as likely; more: mostly zeros. */
const makeMemory = (seed: number, spread: number) => (row: number, bank: number) => {
  const random = makeRandom(seed * 65_536 + row * banks + bank)
  return Array.from({ length: lanes }, () => random(spread)).reduce(
    (word, code, lane) => word | ((code > 15 ? 0 : code) << (lane * bits)),
    0,
  )
}

type Memory = ReturnType<typeof makeMemory>

/** from the definition: candidates in order of anchor and class, and the beats their words take. */
function listExpected(memory: Memory, scan: Scan) {
  const candidates: (readonly [code: number, classIndex: number, place: number])[] = []
  let [beats, anchor] = [0, 0]
  const blocks = Math.ceil(scan.classes / lanes)
  for (const [level, { base, plane, pitch, width, height }] of scan.levels.entries()) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, anchor++) {
        const place = anchor + x * 2 ** 24 + y * 2 ** 35 + level * 2 ** 46
        const words = Array.from({ length: blocks }, (_, block) =>
          memory(base + block * plane + y * pitch + Math.floor(x / banks), x % banks),
        )
        const scores = words.flatMap(lanesOf).slice(0, scan.classes)
        const reaching = scores
          .map((code, index) => ({ code, index }))
          .filter(({ code }) => code >= scan.minCode)
        const best = Math.max(...scores)
        const offered = scan.multiLabel ? reaching : reaching.filter(({ code }) => code === best).slice(0, 1)
        for (const { code, index } of offered) candidates.push([code, index, place])
        for (let block = 0; block < blocks; block++) {
          const inWord = reaching.filter(({ index }) => Math.floor(index / lanes) === block).length
          beats += scan.multiLabel ? Math.max(1, inWord) : 1
        }
      }
    }
  }
  return { candidates, beats }
}

/** Runs a scan with the memory behind the read port; the cycles are those from the pulse to done_o. */
function run(dut: Dut<ScorePorts>, memory: Memory, scan: Scan) {
  const { ports } = dut
  ports.level_count_i = scan.levels.length
  ports.levels_i = scan.levels.reduce((word, { base, plane, pitch, width, height }, index) => {
    const fields = [0, base, plane, width + height * 65_536, pitch].map(BigInt)
    const bitsOf = fields.reduce((sum, field, place) => sum | (field << BigInt(32 * place)), 0n)
    return word | (bitsOf << BigInt(160 * index))
  }, 0n)
  ports.classes_i = scan.classes
  ports.min_code_i = scan.minCode
  ports.multi_label_i = scan.multiLabel ? 1 : 0
  const candidates: (readonly [number, number, number])[] = []
  ports.start_i = 1
  dut.tick()
  ports.start_i = 0
  const noise = makeRandom(scan.classes)
  let cycles = 0
  let arriving: number | null = null
  for (; ports.done_o === 0; cycles++) {
    if (cycles > 10_000) throw new Error('no done_o')
    if (ports.candidate_valid_o === 1) {
      candidates.push([ports.candidate_code_o, ports.candidate_class_o, ports.candidate_place_o])
    }
    const word = ports.read_valid_o === 1 ? memory(ports.read_row_o, ports.read_bank_o) : null
    dut.tick()
    // Data is owed two cycles after an address, and in no other.
    ports.read_data_i = arriving ?? noise(65_536)
    arriving = word
  }
  for (let after = 0; after < 12; after++) {
    dut.tick()
    expect([ports.done_o, ports.candidate_valid_o, ports.read_valid_o], 'at rest after done_o').toEqual([
      0, 0, 0,
    ])
  }
  return { candidates, cycles }
}

const levels: readonly Level[] = [
  { base: 100, plane: 40, pitch: 3, width: 9, height: 4 },
  { base: 900, plane: 17, pitch: 2, width: 4, height: 2 },
  { base: 1500, plane: 1, pitch: 1, width: 1, height: 1 },
]
const five: readonly Level[] = [
  ...levels,
  { base: 1700, plane: 6, pitch: 2, width: 5, height: 3 },
  { base: 2000, plane: 9, pitch: 1, width: 3, height: 2 },
]

describe.each([false, true])('multi-label %s', (multiLabel) => {
  const scans: readonly Scan[] = [
    { levels, classes: 6, minCode: 9, multiLabel },
    { levels, classes: 6, minCode: 15, multiLabel },
    { levels, classes: 6, minCode: 16, multiLabel },
    { levels, classes: 6, minCode: 0, multiLabel },
    { levels: levels.slice(0, 2), classes: 4, minCode: 12, multiLabel },
    { levels: levels.slice(2), classes: 1, minCode: 1, multiLabel },
    { levels: levels.slice(0, 1), classes: 7, minCode: 10, multiLabel },
    { levels: levels.slice(0, 1), classes: 8, minCode: 10, multiLabel },
    { levels: levels.slice(1, 2), classes: 17, minCode: 11, multiLabel },
  ]
  const deep: readonly Scan[] = [
    { levels: five, classes: 6, minCode: 9, multiLabel },
    { levels: five.slice(1), classes: 6, minCode: 0, multiLabel },
    { levels: five.slice(3), classes: 5, minCode: 12, multiLabel },
  ]
  test.each([
    { MaxLevels: 1, own: scans.filter((scan) => scan.levels.length === 1) },
    { MaxLevels: 3, own: scans },
    { MaxLevels: 5, own: [...scans, ...deep] },
  ])(
    'candidates in order, at one word or one candidate a cycle: MaxLevels $MaxLevels',
    async ({ MaxLevels, own }) => {
      await using dut = await open(3, MaxLevels)
      for (const [index, scan] of own.entries()) {
        for (const spread of [16, 60]) {
          const memory = makeMemory(index, spread)
          const expected = listExpected(memory, scan)
          const { candidates, cycles } = run(dut, memory, scan)
          expect(candidates).toEqual(expected.candidates)
          // Two cycles a level, and the way of the last word: asked for, arriving, here, at work, two levels of four lanes, the
          // candidate if there is one, done. Words that wait hide some of the levels' cycles.
          const most = 2 * scan.levels.length + 8
          const least = multiLabel ? 7 : most - 1
          expect(cycles - expected.beats, `scan ${index}`).toBeGreaterThanOrEqual(least)
          expect(cycles - expected.beats, `scan ${index}`).toBeLessThanOrEqual(most)
        }
      }
    },
  )
})

test('whatever the registers held, a reset leaves nothing of it', async () => {
  const memory = makeMemory(5, 16)
  for (const multiLabel of [false, true]) {
    const scan: Scan = { levels: levels.slice(1), classes: 6, minCode: 0, multiLabel }
    const { candidates } = listExpected(memory, scan)
    for (let seed = 1; seed <= 24; seed++) {
      await using dut = await open(seed)
      expect(dut.ports.done_o, 'out of reset').toBe(0)
      expect(run(dut, memory, scan).candidates, `seed ${seed}`).toEqual(candidates)
    }
  }
})
