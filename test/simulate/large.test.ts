/** What a test bench does grows with its data, and no faster. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  type Dut,
  type MemoryContents,
  type MemoryMapping,
  scoreboard,
  simulate,
} from '../../src/simulate/index.ts'
import { makeFolder } from '../pipeline/prepared.ts'

const slice = { top: 'axis_register', sources: ['test/simulate/fixtures/axis_register.sv'] }
const beatOf = (index: number) => ({
  data: (index * 2654435761) >>> 0,
  keep: 15,
  last: index & 1,
  user: 0,
})

test('200,000 beats pass a scoreboard without a deadline of their own', async () => {
  await using dut = await simulate(slice)
  const beats = Array.from({ length: 200_000 }, (_, index) => beatOf(index))
  const board = scoreboard(dut, 'm')
  board.expect(beats)
  await dut.stream('s').send(beats)
  await board.drain()
  expect([board.matched, board.outstanding]).toEqual([beats.length, 0])
})

test('10 million beats go in and out as bytes', async () => {
  await using dut = await simulate(slice)
  const beats = 10_000_000
  const bytes = new Uint8Array(beats * dut.stream('s').beatBytes)
  for (let i = 0; i < bytes.length; i++) bytes[i] = i % dut.stream('s').beatBytes < 4 ? (i * 7) & 255 : 1
  await dut.stream('s').sendPacked(bytes)
  const { data } = await dut.stream('m').receivePacked(beats)
  expect(Buffer.compare(data, bytes)).toBe(0)
})

test('a port of a million bits is written and read whole, and its error stays short', async () => {
  const width = 1_000_000
  const source = join(makeFolder(), 'wide.sv')
  writeFileSync(
    source,
    `module wide (input logic signed [${width - 1}:0] a_i, output logic signed [${width - 1}:0] a_o); assign a_o = a_i; endmodule\n`,
  )
  await using dut = await simulate<{ a_i: bigint; readonly a_o: bigint }>({ top: 'wide', sources: [source] })
  for (const value of [
    0n,
    -1n,
    2n ** BigInt(width - 1) - 1n,
    -(2n ** BigInt(width - 1)),
    0x123456789abcdefn << 777_777n,
  ]) {
    dut.ports.a_i = value
    expect(dut.ports.a_o === value).toBe(true)
  }
  expect(() => {
    dut.ports.a_i = 2n ** BigInt(width - 1)
  }).toThrow(/^Expected an integer for a_i \(1000000 bits, signed\), got \d{24}…\d{24} \(301030 digits\)$/)
})

test('a memory of 256 MiB is filled', async () => {
  const depth = 2 ** 26
  const contents = Uint32Array.from({ length: depth }, (_, address) => Math.imul(address, 2654435761))
  await using dut = await reader([32, '', contents])
  for (const address of [0, 1, 12_345_678, depth - 1]) expect(read(dut, 0, address)).toBe(contents[address])
})

test('words of any typed array go in as they are', async () => {
  const memories: readonly ReadMemory[] = [
    [8, '', Uint8Array.from([1, 255, 7])],
    [8, 'signed', Int8Array.from([1, -1, -128])],
    [16, '', Uint16Array.from([1, 65_535, 258])],
    [16, '', Uint16Array.from([9, 9, 1, 65_535, 258]).subarray(2)],
    [16, 'signed', Int16Array.from([1, -1, -258])],
    [16, 'signed', Uint16Array.from([1, 32_767, 258])],
    [24, '', Uint32Array.from([1, 2 ** 24 - 1, 258])],
    [32, '', Int32Array.from([1, 2 ** 31 - 1, 258])],
    [32, '', Float32Array.from([1, 65_536, 258])],
    [64, '', BigUint64Array.from([1n, 2n ** 64n - 1n, 258n])],
    [64, 'signed', BigInt64Array.from([1n, -1n, -258n])],
  ]
  await using dut = await reader(...memories)
  for (const [index, [, , contents]] of memories.entries()) {
    const words = Array.from(contents as ArrayLike<number>, Number)
    expect([index, words.map((_, address) => Number(read(dut, index, address)))]).toEqual([index, words])
  }
})

test('a word that does not fit is named, whatever the array', async () => {
  await expect(reader([16, 'signed', Uint16Array.from([1, 40_000])])).rejects.toThrow(
    'Expected a signed integer of 16 bits for word 1 of memory m0, got 40000',
  )
  await expect(reader([16, '', Int16Array.from([-1])])).rejects.toThrow('word 0 of memory m0, got -1')
})

type ReadMemory = readonly [width: number, sign: '' | 'signed', contents: MemoryContents]
type ReaderPorts = Record<string, number | bigint>

/** A module that reads the words at one address from memories with these contents. */
function reader(...memories: readonly ReadMemory[]) {
  const source = join(makeFolder(), 'reader.sv')
  const ports = memories.map(([width, sign], index) => {
    const type = `logic ${sign} [${width - 1}:0]`
    return `input ${type} data${index}_i, output ${type} q${index}_o,`
  })
  const copies = memories.map((_, index) => `assign q${index}_o = data${index}_i;`)
  writeFileSync(
    source,
    `module reader (${ports.join('\n')} input logic clk_i, input logic [25:0] a_i, output logic [25:0] addr_o);
      assign addr_o = a_i;
      ${copies.join('\n')}
    endmodule\n`,
  )
  const mapped = memories.map(([, , contents], index) => [
    `m${index}`,
    { addr: 'addr_o', data: `data${index}_i`, contents },
  ])
  return simulate<ReaderPorts>({
    top: 'reader',
    sources: [source],
    memories: Object.fromEntries(mapped) as Record<string, MemoryMapping>,
  })
}

/** The word that the module got; the bench reads the same. */
function read(dut: Dut<ReaderPorts>, index: number, address: number): number | bigint {
  dut.ports.a_i = address
  dut.tick(2)
  const word = dut.ports[`q${index}_o`]!
  expect(dut.memory(`m${index}`).read(address)).toBe(word)
  return word
}

test('a memory of 8 MB that is loaded and never read', async () => {
  const folder = makeFolder()
  writeFileSync(join(folder, 'words.mem'), '0123\n4567\n')
  const source = join(folder, 'unread.sv')
  writeFileSync(
    source,
    `module unread (input logic clk_i, input logic [7:0] a_i, output logic [7:0] a_o);
  logic [1023:0] words [65536];
  initial $readmemh("${join(folder, 'words.mem')}", words);
  always_ff @(posedge clk_i) a_o <= a_i;
endmodule
`,
  )
  await using dut = await simulate<{ a_i: number; readonly a_o: number }>({
    top: 'unread',
    sources: [source],
  })
  dut.ports.a_i = 77
  dut.tick()
  expect(dut.ports.a_o).toBe(77)
})
