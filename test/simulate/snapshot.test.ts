import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type BulkDut, simulate, simulateInChild } from '../../src/simulate/index.ts'
import { makeFolder } from '../pipeline/prepared.ts'
import { VERILATOR_CACHE } from '../pipeline/shared-data.ts'

/** State of every kind: a register without reset, a memory, a string that grows, the random generator, the time. */
const keeper = `
module keeper (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic in_valid_i,
  output logic in_ready_o,
  input  logic [31:0] in_data_i,
  output logic [31:0] total_o,
  output logic [31:0] random_o,
  output logic [63:0] time_o,
  output logic [31:0] letters_o,
  input  logic [11:0] addr_i,
  output logic [31:0] word_o
);
  logic [31:0] mem [4096];
  string text;
  assign in_ready_o = 1'b1;
  always_ff @(posedge clk_i) begin
    word_o <= mem[addr_i];
    random_o <= $urandom;
    time_o <= $time;
    letters_o <= text.len();
    if (in_valid_i) begin
      mem[in_data_i[11:0]] <= in_data_i;
      total_o <= total_o + in_data_i;
      text = {text, "letters of a long string "};
    end
  end
endmodule
`

const QUEUE = `
module queue (input logic clk_i, input logic [7:0] data_i, output logic [31:0] size_o);
  logic [7:0] all [$];
  always_ff @(posedge clk_i) begin
    all.push_back(data_i);
    size_o <= all.size();
  end
endmodule
`

function options(top: string, source: string) {
  const file = join(makeFolder(), `${top}.sv`)
  writeFileSync(file, source)
  return { top, sources: [file], cacheDir: VERILATOR_CACHE }
}

interface Ports {
  readonly total_o: number
  readonly random_o: number
  readonly time_o: bigint
  readonly letters_o: number
  addr_i: number
  readonly word_o: number
}

test('a model goes back to its snapshot, and does again what it did then', async () => {
  await using dut = await simulate<Ports>(options('keeper', keeper))
  await dut.stream('in').send([{ data: 5 }, { data: 70 }])
  await dut.stream('in').flush()
  dut.tick(2)
  expect(dut.ports.total_o).toBe(75)
  expect(dut.snapshot()).toBe(true)
  const look = async (): Promise<unknown> => {
    await dut.stream('in').send([{ data: 900 }, { data: 901 }, { data: 902 }])
    dut.tick(2)
    dut.ports.addr_i = 901
    dut.tick(4)
    const { total_o, random_o, time_o, letters_o, word_o } = dut.ports
    return { total_o, random_o, time_o, letters_o, word_o, cycle: dut.cycle }
  }
  const first = await look()
  expect(first).toMatchObject({ total_o: 75 + 900 + 901 + 902, letters_o: 5 * 25, word_o: 901 })
  for (let again = 0; again < 3; again++) {
    dut.restore()
    expect(dut.ports.total_o).toBe(75)
    expect(await look()).toEqual(first)
  }
  // What was queued and not taken is gone with a restore, too.
  await dut.stream('in').send([{ data: 1 }])
  dut.restore()
  dut.tick(5)
  expect(dut.ports.total_o).toBe(75)
})

test('two models of one library keep their own snapshots', async () => {
  const source = options('keeper', keeper)
  await using a = await simulate<Ports>(source)
  await using b = await simulate<Ports>(source)
  expect([a.snapshot(), b.snapshot()]).toEqual([true, true])
  await a.stream('in').send([{ data: 3 }])
  await b.stream('in').send([{ data: 4 }])
  a.tick(3)
  b.tick(3)
  a.restore()
  expect([a.ports.total_o, b.ports.total_o]).toEqual([0, 4])
})

test.each([
  { because: 'by its snapshot', source: () => options('keeper', keeper), port: 'total_o' },
  {
    because: 'opened anew where its state is more than memory',
    source: () => options('queue', QUEUE),
    port: 'size_o',
  },
])('a child process takes a model back to its power-up: $because', async ({ source, port }) => {
  await using dut = await simulateInChild({ ...source(), restartable: true })
  const run = async (): Promise<unknown> => {
    if (port === 'total_o') await dut.stream('in').send([{ data: 9 }])
    await dut.step(4)
    return (await dut.read(port))[0]
  }
  const first = await run()
  expect(first).not.toBe(0)
  expect(await run()).not.toBe(first)
  await dut.restart()
  expect(await run()).toBe(first)
})

test('a model with more than memory has no snapshot, and says so', async () => {
  await using dut = await simulate(options('queue', QUEUE))
  expect(dut.snapshot()).toBe(false)
  expect(() => dut.restore()).toThrow('Expected a snapshot of queue to restore, there is none')
})

test('a child process opens a model anew with other plusargs', async () => {
  const sources = ['test/simulate/fixtures/package_variable.sv']
  await using dut = await simulateInChild({ top: 'package_variable', sources, restartable: true })
  const count = async (): Promise<unknown> => {
    await dut.step(2)
    return (await dut.read('count_o'))[0]
  }
  expect(await count()).toBe(2)
  await dut.restart({ step: 5 })
  expect(await count()).toBe(10)
  await dut.restart()
  expect(await count()).toBe(10)
})

/** Everything that a random power-up draws: registers, memories narrow and wide, a file's x digits, what is around words of a file. */
const RANDOM = `
module random_keeper (
  input  logic clk_i,
  input  logic [5:0] addr_i,
  output logic [7:0] narrow_o,
  output logic [99:0] wide_o,
  output logic [31:0] drawn_o,
  output logic [15:0] loose_o
);
  logic [7:0] narrow [64];
  logic [99:0] wide [64];
  logic [15:0] loose;
  initial begin
    $readmemh("FOLDER/narrow.mem", narrow);
    $readmemh("FOLDER/wide.mem", wide, 3, 60);
  end
  assign loose_o = loose;
  always_ff @(posedge clk_i) begin
    narrow_o <= narrow[addr_i];
    wide_o <= wide[addr_i];
    drawn_o <= $urandom;
  end
endmodule
`

test('another seed in the same process is the power-up of a process of its own, whatever ran before', async () => {
  const folder = makeFolder()
  const words = (count: number, word: (index: number) => string): string =>
    `${Array.from({ length: count }, (_, index) => word(index)).join('\n')}\n`
  writeFileSync(
    join(folder, 'narrow.mem'),
    words(40, (index) => (index === 20 ? 'x5' : 'a5')),
  )
  writeFileSync(
    join(folder, 'wide.mem'),
    words(58, (index) => (0x1234567890n + BigInt(index)).toString(16)),
  )
  const source = options('random_keeper', RANDOM.replaceAll('FOLDER', folder))
  const own = { ...source, randomiseUnknowns: true, restartable: true }
  const look = async (dut: BulkDut): Promise<unknown> => {
    const seen: unknown[] = []
    for (let addr = 0; addr < 64; addr += 1) {
      await dut.write({ addr_i: addr })
      await dut.step(1)
      seen.push(await dut.read('narrow_o', 'wide_o', 'drawn_o', 'loose_o'))
    }
    return [seen, await dut.openedFiles()]
  }
  const alone = new Map<number, unknown>()
  for (const seed of [1, 2, 7]) {
    await using dut = await simulateInChild({ ...own, seed })
    alone.set(seed, await look(dut))
  }
  expect(alone.get(1)).not.toEqual(alone.get(2))
  await using dut = await simulateInChild({ ...own, seed: 1 })
  expect(await look(dut)).toEqual(alone.get(1))
  for (const seed of [2, 7, 2, 1]) {
    await dut.restart(undefined, seed)
    expect(await dut.takeOutput()).toMatch(/narrow.mem:41: .readmem file has 40 words for a memory of 64/)
    expect(await look(dut)).toEqual(alone.get(seed))
    await dut.restart()
    expect(await look(dut)).toEqual(alone.get(seed))
  }
  // A file that has changed is read anew.
  writeFileSync(
    join(folder, 'narrow.mem'),
    words(64, () => '17'),
  )
  await dut.restart(undefined, 1)
  await dut.write({ addr_i: 63 })
  await dut.step(1)
  expect(await dut.read('narrow_o')).toEqual([0x17])
})
