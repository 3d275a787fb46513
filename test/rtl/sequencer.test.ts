/** What the sequencer does around the units: resets, refusals again and again, tables only where asked for, DETECT. */
import { expect, test } from 'vitest'
import { simulate } from '../../src/simulate/index.ts'
import { compareTaps, openDetector, runProgram } from './detector-bench.ts'
import { type Engine, MODEL_ID, Program } from './program-bench.ts'

const engine: Engine = { PI: 8, PO: 16, PX: 2, WeightBits: 8, ActivationBits: 8, TableBits: 10 }

const oneConv = (table: boolean): Program => {
  const program = new Program(engine, 4)
  program.conv(program.image(3, 4, 5), 3, 8, { table })
  return program
}

/** A DETECT over one anchor, one class and one bin, at which no code is a candidate. */
function addDetect(program: Program): void {
  const at = program.image(1, 1, 1)
  const words = new Array<number>(32).fill(0)
  words.splice(0, 7, 5, 256, 400, 1, 1, 1, 4)
  words.splice(7, 5, at.base, at.base, at.plane, 1 | (1 << 16), at.pitch | (3 << 16))
  program.instructions.push(words)
  program.expected.push([])
}

test('in reset nothing is under way, whatever the registers held', async () => {
  for (let seed = 1; seed <= 8; seed++) {
    const program = oneConv(false)
    await using dut = await openDetector(program, program.words(), { seed })
    const { ports } = dut
    ports.rst_ni = 0
    dut.tick()
    expect([ports.busy_o, ports.done_o, ports.error_o, ports.pc_o], `seed ${seed}`).toEqual([0, 0, 0, 0])
  }
})

test('after a reset nothing is written that nobody started, whatever the registers held', async () => {
  // No image: the first cycle that anybody sees is the first one out of reset.
  const empty = new Program(engine, 4)
  for (let seed = 0; seed <= 16; seed++) {
    await using dut = await openDetector(empty, empty.words(), { seed, randomiseUnknowns: seed > 0 })
    for (let cycle = 0; cycle < 20; cycle++) {
      const { tap_valid_o, busy_o, done_o } = dut.ports
      expect([tap_valid_o, busy_o, done_o], `seed ${seed}, cycle ${cycle}`).toEqual([0, 0, 0])
      dut.tick()
    }
  }
})

test('a header that is refused is refused at every start', async () => {
  const program = oneConv(true)
  const words = program.words().map((word, index) => (index === 3 ? word + 1 : word))
  await using dut = await openDetector(program, words)
  const first = runProgram(dut, 0, 0)
  expect(first.error).toBe(2)
  for (let again = 0; again < 3; again++) expect(runProgram(dut, 0, 0)).toEqual(first)
})

test('an opcode that nobody knows ends the run in the cycle after its instruction has been read', async () => {
  const program = oneConv(false)
  for (const opcode of [0, 6, 255]) {
    program.instructions[0]![0] = opcode
    await using dut = await openDetector(program)
    const { error, cycles } = runProgram(dut, 0, 0)
    // Start 1, header 16, its verdict 1, instruction 34, opcode 1.
    expect([error, cycles], `opcode ${opcode}`).toEqual([4, 1 + 16 + 1 + 34 + 1])
  }
})

test('a run that begins in the cycle in which the one before is refused is judged by its own header', async () => {
  for (const wrong of [2, 4, 7]) {
    const program = oneConv(true)
    const words = program.words().map((word, index) => (index === wrong ? (word ^ 0x4000_0000) >>> 0 : word))
    await using dut = await openDetector(program, words)
    const { ports } = dut
    Object.assign(ports, { first_i: 0, last_i: 0, start_i: 1 })
    const ends: [number, number][] = []
    for (let cycle = 0; ends.length < 4; cycle++) {
      dut.tick()
      if (ports.done_o === 1) ends.push([cycle, ports.error_o])
    }
    const error = wrong < 7 ? 2 : 5
    expect(ends, `word ${wrong}`).toEqual([1, 2, 3, 4].map((run) => [run * (wrong + 5) - 1, error]))
  }
})

test('a table is loaded for the convolution that uses it, and for no other', async () => {
  const cyclesOf = async (table: boolean): Promise<number> => {
    const program = oneConv(table)
    await using dut = await openDetector(program)
    const { error, cycles, taps } = runProgram(dut, 0, 0)
    expect([error, compareTaps(taps[0], program.expected[0]!)]).toEqual([0, null])
    return cycles
  }
  expect((await cyclesOf(true)) - (await cyclesOf(false))).toBe(2 ** engine.TableBits + 2)
})

test('DETECT waits for the head, between convolutions', async () => {
  const program = oneConv(true)
  addDetect(program)
  program.conv(program.image(3, 4, 5), 3, 8)
  await using dut = await openDetector(program)
  for (let again = 0; again < 2; again++) {
    const { error, taps } = runProgram(dut, 0, 2, 20_000)
    expect(error).toBe(0)
    expect(taps[1]).toBeUndefined()
    for (const pc of [0, 2]) expect(compareTaps(taps[pc], program.expected[pc]!)).toBeNull()
  }
})

test('a start takes done and error of the run before away at once', async () => {
  const program = oneConv(false)
  await using dut = await openDetector(program)
  const { ports } = dut
  expect(runProgram(dut, 0, 1).error).toBe(4)
  Object.assign(ports, { first_i: 0, last_i: 0, start_i: 1 })
  dut.tick()
  expect([ports.busy_o, ports.done_o, ports.error_o, ports.pc_o]).toEqual([1, 0, 0, 0])
})

test('done, error and pc hold until the next start', async () => {
  const program = oneConv(false)
  await using dut = await openDetector(program)
  const { ports } = dut
  for (const [last, error] of [
    [1, 4],
    [0, 0],
  ] as const) {
    expect(runProgram(dut, 0, last).error).toBe(error)
    ports.first_i = 5
    dut.tick(20)
    expect([ports.busy_o, ports.done_o, ports.error_o, ports.pc_o]).toEqual([0, 1, error, 0])
  }
})

interface SequencerPorts {
  first_i: number
  last_i: number
  start_i: number
  program_data_i: number
  id_data_i: number
  engine_done_i: number
  readonly program_valid_o: number
  readonly program_addr_o: number
  readonly table_read_valid_o: number
  readonly table_read_addr_o: number
  readonly table_write_valid_o: number
  readonly table_write_addr_o: number
  readonly engine_start_o: number
  readonly done_o: number
}

test('by itself: words read and table entries written, each once', async () => {
  const { PI, PO, PX, TableBits } = engine
  await using dut = await simulate<SequencerPorts>({
    top: 'sequencer',
    sources: ['rtl/assay_pkg.sv', 'rtl/operand_check.sv', 'rtl/sequencer.sv'],
    parameters: { PI, PO, PX, TableBits },
  })
  const { ports } = dut
  const words = oneConv(true).words()
  Object.assign(ports, { first_i: 0, last_i: 0, start_i: 1, id_data_i: MODEL_ID, engine_done_i: 0 })
  const [reads, writes, starts]: [number[], number[], number[]] = [[], [], []]
  const tableReads: number[] = []
  for (let cycle = 0; ports.done_o === 0 && cycle < 2000; cycle++) {
    const [valid, address] = [ports.program_valid_o, ports.program_addr_o]
    if (valid === 1) reads.push(address)
    if (ports.table_write_valid_o === 1) writes.push(ports.table_write_addr_o)
    const started = ports.engine_start_o
    if (started === 1) starts.push(cycle)
    if (ports.table_read_valid_o === 1) tableReads.push(ports.table_read_addr_o)
    dut.tick()
    Object.assign(ports, { start_i: 0, engine_done_i: started })
    if (valid === 1) ports.program_data_i = words[address] ?? 0
  }
  const upTo = (n: number): number[] => Array.from({ length: n }, (_, at) => at)
  expect(reads).toEqual([...upTo(13), ...upTo(32).map((at) => 32 + at)])
  expect(writes).toEqual(upTo(2 ** TableBits))
  expect(tableReads).toEqual(upTo(2 ** TableBits))
  // A header, an instruction and what checks it take 72 cycles beside the table.
  expect(starts).toEqual([2 ** TableBits + 72])
})
