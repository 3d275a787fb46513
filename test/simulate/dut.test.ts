import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { readPorts, simulate } from '../../src/simulate/index.ts'

const fixtures = 'test/simulate/fixtures'
const counter = { top: 'beat_counter', sources: [`${fixtures}/beat_counter.sv`] }
const zoo = { top: 'port_zoo', sources: [`${fixtures}/port_zoo.sv`] }
const wide = { top: 'wide_echo', sources: [`${fixtures}/wide_echo.sv`] }

interface ZooPorts {
  small_i: number
  param_width_i: number
  offset_range_i: number
  ascending_i: number
  quad_i: bigint
  wide_i: bigint
  odd_signed_i: number
  packed_array_i: number
  unpacked_array_i: readonly number[]
  readonly small_o: number
  readonly wide_o: bigint
}

interface WidePorts {
  in_data_i: bigint
  in_count_i: number
  address_i: number
  readonly out_data_o: bigint
  readonly out_count_o: number
  readonly sum_o: bigint
  readonly rom_o: number
}

describe('a model driven cycle by cycle', () => {
  test('counts beats', async () => {
    await using dut = await simulate(counter)
    expect(dut.ports.in_ready_o).toBe(1)
    dut.ports.in_valid_i = 1
    dut.tick(3)
    expect(dut.ports.count_o).toBe(3)
    dut.ports.in_valid_i = 0
    dut.tick()
    expect(dut.ports.count_o).toBe(3)
    expect(dut.cycle).toBe(6)
  })

  test('shows combinational outputs without a clock edge', async () => {
    await using dut = await simulate(counter)
    dut.ports.rst_ni = 0
    expect(dut.ports.in_ready_o).toBe(0)
    dut.ports.rst_ni = 1
    expect(dut.ports.in_ready_o).toBe(1)
  })

  test('a tick of no cycles takes no written input from the next read', async () => {
    await using dut = await simulate(counter)
    dut.ports.rst_ni = 0
    dut.tick(0)
    expect([dut.cycle, dut.ports.in_ready_o]).toEqual([2, 0])
  })

  test('waits for a condition', async () => {
    await using dut = await simulate(counter)
    dut.ports.in_valid_i = 1
    expect(dut.until(() => dut.ports.count_o === 7)).toBe(7)
    expect(dut.until(() => dut.ports.count_o === 7)).toBe(0)
    expect(() => dut.until(() => dut.ports.count_o === 6, { withinCycles: 254 })).toThrow(
      /count_o === 6 within 254/,
    )
  })

  test('resets by itself only where it is asked to', async () => {
    await using dut = await simulate({ ...counter, reset: false })
    expect(dut.cycle).toBe(0)
    expect(dut.ports.in_ready_o).toBe(0)
  })

  test('keeps instances and parameter sets apart', async () => {
    await using narrow = await simulate({ ...counter, parameters: { Width: 4 } })
    await using other = await simulate({ ...counter, parameters: { Width: 4 } })
    await using byte = await simulate(counter)
    for (const dut of [narrow, other, byte]) dut.ports.in_valid_i = 1
    byte.tick(17)
    narrow.tick(17)
    other.tick(2)
    expect([narrow.ports.count_o, other.ports.count_o, byte.ports.count_o]).toEqual([1, 2, 17])
  })

  test.each([
    ['read', (ports: Record<string, unknown>) => ports.cuont_o],
    ['written', (ports: Record<string, unknown>) => (ports.cuont_o = 1)],
  ])('a misspelt port cannot be %s', async (_, use) => {
    await using dut = await simulate(counter)
    const message =
      'Expected a port of beat_counter, got cuont_o; its ports are clk_i, rst_ni, in_valid_i, in_ready_o, count_o. Did you mean count_o?'
    expect(() => use(dut.ports)).toThrow(new TypeError(message))
    await expect(dut.read('cuont_o')).rejects.toThrow(message)
    await expect(dut.write({ cuont_o: 1 })).rejects.toThrow(message)
  })

  test('its ports can be looked at, compared and listed as any object', async () => {
    await using dut = await simulate(counter)
    const values = { clk_i: 1, rst_ni: 1, in_valid_i: 0, in_ready_o: 1, count_o: 0 }
    expect(dut.ports).toEqual(values)
    expect({ ...dut.ports }).toStrictEqual(values)
    expect(JSON.parse(JSON.stringify(dut.ports))).toEqual(values)
    expect(inspect(dut.ports)).toContain('count_o')
    expect('cuont_o' in dut.ports).toBe(false)
    expect(await Promise.resolve(dut.ports)).toBe(dut.ports)
    expect(`${dut.ports}`).toBe('[object Object]')
  })

  test('an inout can be read, and says why it cannot be written', async () => {
    await using dut = await simulate({ top: 'pad', sources: [`${fixtures}/pad.sv`] })
    Object.assign(dut.ports, { oe_i: 1, d_i: 0x2a })
    expect(dut.ports.pad_io).toBe(0x2a)
    expect(() => Object.assign(dut.ports, { pad_io: 1 })).toThrow(
      /got inout pad_io. Verilator sees no driver/,
    )
  })

  test.each([
    [
      'real_port',
      'port gain_i of real_port: is real, and a port is a number of bits here. Wrap the module, with',
    ],
    [
      'struct_port',
      'port pair_i of struct_port: is an unpacked struct, and a port is a number of bits here. Wrap',
    ],
    ['string_port', 'port name_i of string_port: is a string, and a port is a number of bits here. Wrap'],
    ['event_port', 'port start_i of event_port: is an event, and'],
    ['chandle_port', 'port handle_i of chandle_port: is a chandle, and'],
    ['class_port', 'port object_i of class_port: is a class, and'],
    ['queue_port', 'port items_i of queue_port: is a queue, and'],
    ['strings_port', 'port names_i of strings_port: is a string, and'],
    ['bus_port', 'bus_port has an interface as a port, which Verilator does not take on the top'],
  ])('%s is refused, with what to do', async (top, message) => {
    await expect(simulate({ top, sources: [`${fixtures}/untaken.sv`] })).rejects.toThrow(message)
  })

  test.each([[undefined], [['--no-timing']]])(
    'delays are ignored, as synthesis does (%j)',
    async (verilatorFlags) => {
      const source = { top: 'delays', sources: [`${fixtures}/delays.sv`], verilatorFlags }
      expect((await readPorts(source)).ports.map(({ name }) => name)).toEqual(['clk_i', 'd_i', 'q_o'])
      await using dut = await simulate(source)
      dut.ports.d_i = 5
      dut.tick()
      expect(dut.ports.q_o).toBe(5)
    },
  )

  test('refuses a closed model', async () => {
    const dut = await simulate(counter)
    await dut.close()
    await dut.close()
    expect(() => dut.ports.count_o).toThrow(/closed/)
    expect(() => dut.tick()).toThrow(/closed/)
  })
})

describe('ports', () => {
  test('of every kind carry their extremes', async () => {
    await using dut = await simulate<ZooPorts>(zoo)
    const { ports } = dut
    const extremes = [
      ['small_i', [-128, -1, 0, 127]],
      ['param_width_i', [0, 4095]],
      ['offset_range_i', [0, 255]],
      ['ascending_i', [0, 129]],
      ['quad_i', [0n, 2n ** 64n - 1n]],
      ['wide_i', [0n, 2n ** 200n - 1n, 2n ** 199n + 5n]],
      ['odd_signed_i', [-(2 ** 32), -1, 0, 2 ** 32 - 1]],
      ['packed_array_i', [0, 0xffffffff]],
      ['unpacked_array_i', [[1, 2, 3, 255]]],
    ] as const
    for (const [name, values] of extremes) {
      for (const value of values) {
        Object.assign(ports, { [name]: value })
        expect(ports[name]).toEqual(value)
      }
    }
  })

  test('reach the logic with the right bits', async () => {
    await using dut = await simulate<ZooPorts>(zoo)
    Object.assign(dut.ports, { quad_i: 5n, odd_signed_i: -1, wide_i: 2n ** 199n })
    // Verilog widens an unsigned concatenation: the 33 bits of -1 stand at the bottom.
    expect(dut.ports.wide_o).toBe((2n ** 199n) ^ 5n ^ (2n ** 33n - 1n))
    Object.assign(dut.ports, { small_i: -100, packed_array_i: 0x0000fb00, unpacked_array_i: [9, 9, 0xfe, 9] })
    // -100 + (-5) + (-2) + the top bit of -100.
    expect(dut.ports.small_o).toBe(-106)
  })

  test.each([
    {
      because: 'too large',
      write: { small_i: 128 },
      message: /from -128 to 127 for small_i \(8 bits, signed\), got 128/,
    },
    { because: 'negative where unsigned', write: { param_width_i: -1 }, message: /from 0 to 4095/ },
    { because: 'a fraction', write: { small_i: 0.5 }, message: /got 0.5/ },
    { because: 'an output', write: { small_o: 1 }, message: /input port/ },
    { because: 'a list too short', write: { unpacked_array_i: [1] }, message: /list of 4/ },
    { because: 'not a port', write: { smal_i: 1 }, message: /smal_i/ },
  ])('refuse a value that is $because', async ({ write, message }) => {
    await using dut = await simulate(zoo)
    expect(() => Object.assign(dut.ports, write)).toThrow(message)
  })

  test('of 512, 53 and 54 bits', async () => {
    await using dut = await simulate<WidePorts>(wide)
    const data = BigInt(`0x${'0123456789abcdef'.repeat(8)}`)
    Object.assign(dut.ports, { in_data_i: data, in_count_i: 2 ** 53 - 1 })
    dut.tick()
    expect(dut.ports.out_data_o).toBe(2n ** 512n - 1n - data)
    expect(dut.ports.out_count_o).toBe(2 ** 53 - 1)
    expect(dut.ports.sum_o).toBe(2n ** 54n - 2n)
  })
})

describe('plusargs', () => {
  test('name a memory file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'assay-'))
    const rom = join(folder, 'rom.mem')
    await writeFile(rom, '1234\nabcd\n0001\nffff\n')
    await using dut = await simulate<WidePorts>({ ...wide, plusargs: { rom } })
    const words = [0, 1, 2, 3].map((address) => {
      dut.ports.address_i = address
      dut.tick()
      return dut.ports.rom_o
    })
    expect(words).toEqual([0x1234, 0xabcd, 1, 0xffff])
  })

  test('that name no file are an error, not zeros', async () => {
    const missing = simulate({ ...wide, plusargs: { rom: '/nowhere/rom.mem' } })
    await expect(missing).rejects.toThrow(/\/nowhere\/rom.mem: \$readmem file not found/)
  })
})
