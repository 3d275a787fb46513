import { describe, expect, test } from 'vitest'
import {
  type MemoryContents,
  type SimulateOptions,
  simulate,
  simulateInChild,
} from '../../src/simulate/index.ts'

const walker = (contents: MemoryContents, options: Partial<SimulateOptions> = {}): SimulateOptions => ({
  top: 'table_walker',
  sources: ['test/simulate/fixtures/table_walker.sv'],
  memories: {
    table: { addr: 'table_addr_o', enable: 'table_read_o', data: 'table_data_i', contents },
    sums: {
      write: { addr: 'sum_addr_o', enable: 'sum_write_o', data: 'sum_data_o', mask: 'sum_mask_o' },
      depth: 256,
    },
  },
  ...options,
})

const table = Int16Array.from({ length: 100 }, (_, i) => ((i * 7919) % 4001) - 2000)
const sums = Array.from(
  table,
  (_, i) => table.subarray(0, i + 1).reduce((sum, word) => sum + word, 0) & 0xffff,
)

describe('memories', () => {
  test('are read and written, one cycle after the address', async () => {
    await using dut = await simulate(walker(table))
    dut.ports.last_i = 99
    dut.ports.start_i = 1
    dut.tick()
    dut.ports.start_i = 0
    dut.tick()
    // The address was 0 before this edge: its word is there after it.
    expect(dut.ports.seen_o).toBe(table[0])
    dut.tick()
    expect(dut.ports.seen_o).toBe(table[1])
    const { cycles } = await dut.run({ until: 'done_o', withinCycles: 200 })
    expect(cycles).toBe(99)
    expect(dut.memory('sums').words()).toEqual([...sums, ...new Array(156).fill(0)])
    expect(dut.memory('table').words()).toEqual([...table])
  })

  test('are changed between cycles', async () => {
    await using dut = await simulate(walker([5], { parameters: { Width: 8 } }))
    dut.memory('table').write(0, -3)
    dut.ports.start_i = 1
    dut.tick()
    dut.ports.start_i = 0
    await dut.run({ until: 'done_o', withinCycles: 9 })
    expect(dut.memory('sums').read(0)).toBe(253)
    expect(() => dut.memory('table').write(0, 128)).toThrow(
      /signed integer of 8 bits for word 0 of memory table/,
    )
    expect(() => dut.memory('table').read(1)).toThrow(/address below 1 of memory table, got 1/)
    expect(() => dut.memory('tabel')).toThrow(/its memories are table, sums/)
  })

  test('of wide words are bigints; a mask writes some bytes only', async () => {
    const words = [2n ** 71n - 1n, -1n, 3n]
    await using dut = await simulate(walker(words, { parameters: { Width: 72 } }))
    dut.memory('sums').write(1, 2n ** 72n - 1n)
    Object.assign(dut.ports, { last_i: 2, halves_i: 1, start_i: 1 })
    dut.tick()
    dut.ports.start_i = 0
    await dut.run({ until: 'done_o', withinCycles: 9 })
    const low = 2n ** 71n - 2n
    expect([0, 1, 2].map((at) => dut.memory('sums').read(at))).toEqual([
      0xffn,
      2n ** 72n - 1n - 0xffn + (low & 0xffn),
      (low + 3n) & 0xffn,
    ])
  })

  test('say which address was outside', async () => {
    await using dut = await simulate(walker(table))
    Object.assign(dut.ports, { last_i: 120, start_i: 1 })
    dut.tick()
    dut.ports.start_i = 0
    await expect(dut.run({ until: 'done_o', withinCycles: 200 })).rejects.toThrow(
      /memory table: address 100 is outside its 100 words \(table_walker, cycle \d+\)/,
    )
  })

  test('are served in a child process as well', async () => {
    await using dut = await simulateInChild(walker(table))
    await dut.write({ last_i: 99, start_i: 1 })
    await dut.step()
    await dut.write({ start_i: 0 })
    await dut.run({ until: 'done_o', withinCycles: 200 })
    expect((await dut.readMemory('sums')).slice(0, 100)).toEqual(sums)
  })

  test.each<{ memories: SimulateOptions['memories']; message: RegExp }>([
    {
      memories: { rom: { addr: 'table_adr_o', data: 'table_data_i', depth: 1 } },
      message: /its outputs are table_addr_o/,
    },
    {
      memories: { rom: { addr: 'table_addr_o', data: 'seen_o', depth: 1 } },
      message: /Expected an input seen_o/,
    },
    {
      memories: { rom: { addr: 'table_addr_o', data: 'table_data_i' } },
      message: /depth of memory rom of at least 1/,
    },
    { memories: { rom: { addr: 'table_addr_o', depth: 4 } }, message: /Expected addr and data, or write/ },
    {
      memories: { rom: { addr: 'table_addr_o', data: 'table_data_i', contents: [40_000] } },
      message: /signed integer of 16 bits for word 0 of memory rom, got 40000/,
    },
    {
      memories: { rom: { addr: 'table_addr_o', data: 'table_data_i', contents: [1, 2], depth: 1 } },
      message: /contents within it, got depth 1 and 2 words/,
    },
    {
      memories: { rom: { addr: 'table_addr_o', data: 'table_data_i', depth: 1.5 } },
      message: /got depth 1.5 and 0 words/,
    },
    {
      memories: {
        ram: {
          addr: 'table_addr_o',
          data: 'table_data_i',
          write: { enable: 'sum_write_o', data: 'table_addr_o' },
          depth: 1,
        },
      },
      message: /one width of the data ports of memory ram, got 16 and 8/,
    },
    {
      memories: {
        ram: {
          write: { addr: 'sum_addr_o', enable: 'sum_write_o', data: 'sum_data_o', mask: 'done_o' },
          depth: 1,
        },
      },
      message: /mask of a bit a byte for memory ram, got 1 bits/,
    },
    {
      memories: { ram: { write: { enable: 'sum_write_o', data: 'sum_data_o' }, depth: 1 } },
      message: /Expected write.addr or addr of memory ram, got neither/,
    },
    { memories: { rom: { data: 'table_data_i', depth: 1 } }, message: /Expected addr and data, or write/ },
  ])('are refused where they do not fit: $message', async ({ memories, message }) => {
    await expect(simulate(walker(table, { memories }))).rejects.toThrow(message)
  })

  test('of one word a byte hold what their contents say, by the sign and width of the port', async () => {
    const bytes = Uint8Array.of(1, 127)
    await using dut = await simulate(walker(bytes, { parameters: { Width: 8 } }))
    expect(dut.memory('table').words()).toEqual([1, 127])
    const open = () => simulate(walker(Uint8Array.of(1, 128), { parameters: { Width: 8 } }))
    await expect(open()).rejects.toThrow('signed integer of 8 bits for word 1 of memory table, got 128')
    await using ram = await simulate(
      walker([1], {
        parameters: { Width: 8 },
        memories: {
          sums: {
            write: { addr: 'sum_addr_o', enable: 'sum_write_o', data: 'sum_data_o' },
            contents: Uint8Array.of(7, 255),
            depth: 3,
          },
        },
      }),
    )
    expect(ram.memory('sums').words()).toEqual([7, 255, 0])
    for (const address of [-1, 3, 0.5])
      expect(() => ram.memory('sums').read(address)).toThrow(
        `an address below 3 of memory sums, got ${address}`,
      )
    expect(() => ram.memory('sums').write(0, 256)).toThrow('an unsigned integer of 8 bits for word 0')
    expect(() => ram.memory('sums').write(0, 1.5)).toThrow('got 1.5')
  })
})
