/** What a test bench does grows with its data, and no faster. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scoreboard, simulate } from '../../src/simulate/index.ts'
import { makeFolder } from '../pipeline/prepared.ts'

const slice = { top: 'axis_register', sources: ['test/simulate/fixtures/axis_register.sv'] }
const beatOf = (index: number) => ({
  data: (index * 2654435761) >>> 0,
  keep: 15,
  last: index & 1,
  user: 0,
})

test('200,000 beats pass a scoreboard without a deadline of their own', { timeout: 60_000 }, async () => {
  await using dut = await simulate(slice)
  const beats = Array.from({ length: 200_000 }, (_, index) => beatOf(index))
  const board = scoreboard(dut, 'm')
  board.expect(beats)
  await dut.stream('s').send(beats)
  await board.drain()
  expect([board.matched, board.outstanding]).toEqual([beats.length, 0])
})

test('10 million beats go in and out as bytes', { timeout: 120_000 }, async () => {
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

test('a memory of 64 MiB is filled', { timeout: 60_000 }, async () => {
  const depth = 2 ** 24
  const contents = Uint32Array.from({ length: depth }, (_, address) => Math.imul(address, 2654435761))
  const source = join(makeFolder(), 'reader.sv')
  writeFileSync(
    source,
    'module reader (input logic clk_i, input logic [23:0] a_i, output logic [23:0] addr_o, input logic [31:0] data_i, output logic [31:0] q_o);\n' +
      '  assign addr_o = a_i;\n  assign q_o = data_i;\nendmodule\n',
  )
  const memories = { m: { addr: 'addr_o', data: 'data_i', contents } }
  await using dut = await simulate<{ a_i: number; readonly q_o: number }>({
    top: 'reader',
    sources: [source],
    memories,
  })
  for (const address of [0, 1, 12_345_678, depth - 1]) {
    dut.ports.a_i = address
    dut.tick(2)
    expect(dut.ports.q_o).toBe(contents[address])
    expect(dut.memory('m').read(address)).toBe(contents[address])
  }
})
