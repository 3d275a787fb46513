import { describe, expect, test } from 'vitest'
import { simulate } from '../../src/simulate/index.ts'
import { makeRandom } from '../../src/testing/random.ts'
import { type LanePort, packLanes, unpackLanes } from './lanes.ts'

interface TablePorts {
  write_valid_i: number
  write_addr_i: number
  write_data_i: number
  valid_i: number
  table_i: number
  index_i: LanePort
  readonly code_o: LanePort
}

const open = (Lanes: number, TableBits: number, ActivationBits: number) =>
  simulate<TablePorts>({
    top: 'activation_table',
    sources: ['rtl/activation_table.sv'],
    parameters: { Lanes, TableBits, ActivationBits },
  })

describe.each([
  { lanes: 1, tableBits: 8, bits: 8 },
  { lanes: 3, tableBits: 10, bits: 8 },
  { lanes: 2, tableBits: 6, bits: 4 },
])('activation_table (A-5), $lanes lanes, $tableBits to $bits bits', ({ lanes, tableBits, bits }) => {
  const entries = 2 ** tableBits
  const random = makeRandom(lanes)
  const table = Array.from({ length: entries }, () => random(2 ** bits))

  test('every index, in every lane, a beat a cycle; two cycles later', async () => {
    await using dut = await open(lanes, tableBits, bits)
    const { ports } = dut
    table.forEach((entry, address) => {
      Object.assign(ports, { write_valid_i: 1, write_addr_i: address, write_data_i: entry })
      dut.tick()
    })
    // Not a write.
    Object.assign(ports, { write_valid_i: 0, write_addr_i: 1, write_data_i: (table[1]! + 1) % 2 ** bits })
    const indexOf = (beat: number, lane: number) => (beat + lane * 37) % entries
    const codes: number[][] = []
    for (let beat = 0; beat < entries + 2; beat++) {
      Object.assign(ports, { valid_i: 1, table_i: beat % 5 === 0 ? 0 : 1 })
      ports.index_i = packLanes(
        Array.from({ length: lanes }, (_, lane) => indexOf(beat, lane)),
        tableBits,
      )
      dut.tick()
      codes.push(unpackLanes(ports.code_o, lanes, bits))
    }
    for (let beat = 0; beat < entries; beat++) {
      const expected = Array.from({ length: lanes }, (_, lane) => {
        const index = indexOf(beat, lane)
        return beat % 5 === 0 ? index % 2 ** bits : table[index]!
      })
      expect(codes[beat + 1], `beat ${beat}`).toEqual(expected)
    }
  })

  test('codes hold while no beat comes; a beat that meets a write sees the old entry', async () => {
    await using dut = await open(lanes, tableBits, bits)
    const { ports } = dut
    const all = (value: number) => packLanes(new Array<number>(lanes).fill(value), tableBits)
    const write = (address: number, entry: number) => {
      Object.assign(ports, { write_valid_i: 1, write_addr_i: address, write_data_i: entry })
    }
    write(5, 9)
    dut.tick()
    write(5, 12)
    Object.assign(ports, { valid_i: 1, table_i: 1, index_i: all(5) })
    dut.tick()
    Object.assign(ports, { write_valid_i: 0, valid_i: 0, table_i: 0, index_i: all(3) })
    dut.tick()
    for (let cycle = 0; cycle < 3; cycle++) {
      expect(unpackLanes(ports.code_o, lanes, bits)).toEqual(new Array(lanes).fill(9))
      dut.tick()
    }
    Object.assign(ports, { valid_i: 1, table_i: 1, index_i: all(5) })
    dut.tick(2)
    expect(unpackLanes(ports.code_o, lanes, bits)).toEqual(new Array(lanes).fill(12))
  })
})

test('a table narrower than its codes is refused', async () => {
  await expect(open(1, 4, 8)).rejects.toThrow('activation_table: TableBits is below ActivationBits')
})
