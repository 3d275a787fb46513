import { describe, expect, test } from 'vitest'
import { compareTaps, DEPTHS, loadHost, openDetector, runProgram } from './detector-bench.ts'
import { everyOperator } from './every-operator.ts'
import { type Engine, Program } from './program-bench.ts'

const ENGINES: readonly Engine[] = [
  { PI: 1, PO: 1, PX: 1, WeightBits: 8, ActivationBits: 8, TableBits: 8 },
  { PI: 3, PO: 6, PX: 4, WeightBits: 3, ActivationBits: 5, TableBits: 7 },
  { PI: 4, PO: 4, PX: 2, WeightBits: 2, ActivationBits: 4, TableBits: 4 },
  { PI: 8, PO: 16, PX: 2, WeightBits: 8, ActivationBits: 8, TableBits: 10 },
]
const name = (e: Engine) => `${e.PI}x${e.PO}x${e.PX} W${e.WeightBits}A${e.ActivationBits}P${e.TableBits}`

describe.each(ENGINES.map((engine) => ({ engine, title: name(engine) })))('detector $title', ({ engine }) => {
  test.each([1, 2])('writes every word of every operator, in order (seed %i)', async (seed) => {
    const program = everyOperator(engine, seed)
    await using dut = await openDetector(program)
    const { error, taps } = runProgram(dut, 0, program.instructions.length - 1)
    expect(error).toBe(0)
    for (const [pc, words] of program.expected.entries())
      expect(compareTaps(taps[pc], words), `instruction ${pc}`).toBeNull()
  })

  test('runs one instruction at a time, and any of them again', async () => {
    const program = everyOperator(engine, 3)
    await using dut = await openDetector(program)
    for (const pc of [...program.instructions.keys(), 5, 2, 0]) {
      const { error, taps } = runProgram(dut, pc, pc)
      expect(error).toBe(0)
      expect(Object.keys(taps)).toEqual([String(pc)])
      expect(compareTaps(taps[pc], program.expected[pc]!), `instruction ${pc}`).toBeNull()
    }
  })
})

describe('detector', () => {
  const engine: Engine = { PI: 8, PO: 16, PX: 2, WeightBits: 8, ActivationBits: 8, TableBits: 10 }

  test.each([
    { because: 'beats decide: 9 a tile, 4 words a tile', channels: 8, kernel: 3, out: 16, perTile: 9 },
    { because: 'beats decide: two blocks of input', channels: 16, kernel: 3, out: 16, perTile: 18 },
    { because: 'words decide: 1 beat, 4 words a tile', channels: 8, kernel: 1, out: 16, perTile: 4 },
    {
      because: 'words decide: 1 beat, 2 words where the group is half empty',
      channels: 8,
      kernel: 1,
      out: 8,
      perTile: 2,
    },
    { because: 'words and beats are even', channels: 32, kernel: 1, out: 16, perTile: 4 },
  ])('takes no cycle more than $because', async ({ channels, kernel, out, perTile }) => {
    const cyclesOf = async (height: number) => {
      const program = new Program(engine, 9)
      program.conv(program.image(channels, height, 8), channels, out, {
        kernel,
        padding: kernel >> 1,
        table: false,
      })
      await using dut = await openDetector(program)
      const { error, cycles, taps } = runProgram(dut, 0, 0)
      expect([error, compareTaps(taps[0], program.expected[0]!)]).toEqual([0, null])
      return cycles
    }
    // 4 tiles a row: what 6 rows more cost.
    expect((await cyclesOf(9)) - (await cyclesOf(3))).toBe(6 * 4 * perTile)
  })

  test('every code at its largest', async () => {
    const program = new Program(engine, 1)
    const image = program.image(24, 3, 4)
    image.codes.fill(255)
    program.host.splice(
      0,
      Number.POSITIVE_INFINITY,
      ...program.host.map(({ addr }) => ({ addr, data: 2n ** 64n - 1n })),
    )
    program.conv(image, 24, 16, { kernel: 3, padding: 1 })
    await using dut = await openDetector(program)
    const { taps } = runProgram(dut, 0, 0)
    expect(compareTaps(taps[0], program.expected[0]!)).toBeNull()
  })

  const small = () => {
    const program = new Program(engine, 4)
    program.conv(program.image(3, 4, 5), 3, 8)
    program.conv(program.image(3, 4, 5), 3, 8)
    return program
  }
  const patched = (program: Program, at: number, value: number) =>
    program.words().map((word, index) => (index === at ? value : word))

  test.each([
    { because: 'the magic is wrong', at: 0, value: 0x59415342, error: 1 },
    { because: 'the version is older', at: 1, value: 2, error: 1 },
    { because: 'the version is newer', at: 1, value: 4, error: 1 },
    { because: 'PI is another', at: 2, value: 4 | (16 << 16), error: 2 },
    { because: 'PO is another', at: 2, value: 8 | (8 << 16), error: 2 },
    { because: 'PX is another', at: 3, value: 4 | (8 << 16), error: 2 },
    { because: 'W is another', at: 3, value: 2 | (7 << 16), error: 2 },
    { because: 'A is another', at: 4, value: 7 | (10 << 16), error: 2 },
    { because: 'P is another', at: 4, value: 8 | (8 << 16), error: 2 },
    { because: 'the requantiser is another', at: 11, value: 0x10fcdf20, error: 2 },
    { because: 'the requantiser is named, not 0', at: 11, value: 0x117a1020, error: 2 },
    { because: 'the addition is another', at: 12, value: 0x02a73f1f, error: 2 },
    { because: 'the parameters belong to another model', at: 5, value: 0xcafe1235, error: 3 },
    { because: 'the program is longer than its ROM', at: 6, value: 64, error: 5 },
    { because: 'the program is longer than any ROM', at: 6, value: 0xffff, error: 5 },
    { because: 'its head has more levels', at: 6, value: 0x00040002, error: 5 },
    { because: 'its head has more levels than any', at: 6, value: 0xffff0002, error: 5 },
    { because: 'too many feature rows', at: 7, value: DEPTHS.FeatureDepth + 1, error: 5 },
    { because: 'too many weight words', at: 8, value: 8193, error: 5 },
    { because: 'too many parameter words', at: 9, value: 513, error: 5 },
    { because: 'too many table entries', at: 10, value: 65537, error: 5 },
    { because: 'there is no instruction 1', at: 6, value: 1, error: 4 },
    { because: 'opcode 0 is unknown', at: 32, value: 0, error: 4 },
    { because: 'opcode 6 is unknown', at: 32, value: 6, error: 4 },
  ])('error $error: $because', async ({ at, value, error }) => {
    const program = small()
    await using dut = await openDetector(program, patched(program, at, value))
    const run = runProgram(dut, 0, 1)
    expect(run.error).toBe(error)
    expect(run.taps).toEqual([])
    expect(dut.ports.busy_o).toBe(0)
  })

  test('memories and levels that are just enough are no error', async () => {
    const program = small()
    const words = program
      .words()
      .with(6, 0x0003003f)
      .with(7, DEPTHS.FeatureDepth)
      .with(8, 8192)
      .with(9, 512)
      .with(10, 65536)
    await using dut = await openDetector(program, words)
    expect(runProgram(dut, 0, 1).error).toBe(0)
  })

  test('an error is forgotten at the next start; a range backwards is one', async () => {
    const program = small()
    await using dut = await openDetector(program)
    expect(runProgram(dut, 0, 2).error).toBe(4)
    expect(runProgram(dut, 1, 0).error).toBe(4)
    const run = runProgram(dut, 0, 1)
    expect(run.error).toBe(0)
    expect(compareTaps(run.taps[1], program.expected[1]!)).toBeNull()
  })

  test('an unknown opcode ends the run where it stands', async () => {
    const program = small()
    await using dut = await openDetector(program, patched(program, 64, 0xff))
    const run = runProgram(dut, 0, 1)
    expect([run.error, dut.ports.pc_o]).toEqual([4, 1])
    expect(compareTaps(run.taps[0], program.expected[0]!)).toBeNull()
  })

  test('a word of the host behind the last row is refused, and the last one taken', async () => {
    await using dut = await openDetector(small())
    const words = DEPTHS.FeatureDepth * 2 * engine.PX
    loadHost(dut, [{ addr: words - 1, data: 1n }])
    const behind = `host_addr_i is ${words}, beyond ${DEPTHS.FeatureDepth} rows`
    expect(() => loadHost(dut, [{ addr: words, data: 1n }])).toThrow(behind)
  })

  test('with its weights in a ROM it asks no memory for them', async () => {
    await using dut = await openDetector(small())
    const { ports } = dut
    Object.assign(ports, { first_i: 0, last_i: 1, start_i: 1 })
    for (let cycle = 0; cycle < 300; cycle++) {
      const { m_axi_arvalid_o, m_axi_araddr_o, m_axi_arlen_o, m_axi_rready_o } = ports
      expect([m_axi_arvalid_o, m_axi_araddr_o, m_axi_arlen_o, m_axi_rready_o]).toEqual([0, 0n, 0, 0])
      dut.tick()
      ports.start_i = 0
    }
  })

  test('a reset takes back words that are on their way, at once', async () => {
    await using dut = await openDetector(small())
    const { ports } = dut
    const writes: number[] = []
    // Some cycles behind the first word that is written: words follow each other.
    for (let later = 0; later < 12; later++) {
      Object.assign(ports, { first_i: 0, last_i: 0, start_i: 1 })
      dut.tick()
      ports.start_i = 0
      for (let cycle = 0; ports.tap_valid_o === 0 && cycle < 5000; cycle++) dut.tick()
      dut.tick(later)
      writes.push(ports.tap_valid_o)
      ports.rst_ni = 0
      expect([later, ports.tap_valid_o, ports.busy_o]).toEqual([later, 0, 0])
      dut.tick(2)
      ports.rst_ni = 1
    }
    expect(writes).toContain(1)
  })

  test('takes words from the host only while idle, and starts anew after a reset', async () => {
    const program = small()
    await using dut = await openDetector(program)
    const { ports } = dut
    expect([ports.host_ready_o, ports.done_o]).toEqual([1, 0])
    Object.assign(ports, { first_i: 0, last_i: 1, start_i: 1 })
    dut.tick()
    expect([ports.host_ready_o, ports.busy_o]).toEqual([0, 1])
    // Noise on the host port and another start: neither may matter.
    Object.assign(ports, { host_valid_i: 1, host_addr_i: 0, host_data_i: 0, first_i: 1 })
    dut.tick(100)
    Object.assign(ports, { rst_ni: 0, host_valid_i: 0, start_i: 0 })
    dut.tick(2)
    ports.rst_ni = 1
    dut.tick()
    expect([ports.busy_o, ports.done_o, ports.error_o]).toEqual([0, 0, 0])
    const run = runProgram(dut, 0, 1)
    expect(run.error).toBe(0)
    for (const pc of [0, 1]) expect(compareTaps(run.taps[pc], program.expected[pc]!)).toBeNull()
  })
})
