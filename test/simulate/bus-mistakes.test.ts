/** Buses at the edges: what the test bench itself has to keep of the specifications, and what a person gets wrong. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { AXI_MANAGER, findBus } from '../../src/simulate/boundary/bus-ports.ts'
import { axiLite, axiMemory, readPorts, simulate, wishbone } from '../../src/simulate/index.ts'
import { makeFolder } from '../pipeline/prepared.ts'

const open = () =>
  simulate({ top: 'odd_buses', sources: ['test/simulate/fixtures/odd_buses.sv'], warnings: 'ignore' })

describe('registers', () => {
  test('an answer that came too late belongs to its own transfer', async () => {
    await using dut = await open()
    const control = axiLite(dut, 's_axi', { withinCycles: 40 })
    await control.write(0, 0x100)
    dut.ports.delay_i = 60
    await expect(control.read(1)).rejects.toThrow('s_axi: no answer to the read of 0x1 within 40 cycles')
    dut.ports.delay_i = 3
    expect(await control.read(2)).toBe(0x103)
    // A reset ends what nobody waits for.
    dut.ports.delay_i = 200
    await expect(control.read(4)).rejects.toThrow('no answer')
    dut.ports.aresetn = 0
    dut.tick(2)
    dut.ports.aresetn = 1
    dut.ports.delay_i = 0
    expect(await control.read(8)).toBe(8)
  })

  test('nothing is offered while the module is in reset', async () => {
    await using dut = await open()
    const [control, bus] = [
      axiLite(dut, 's_axi', { withinCycles: 5 }),
      wishbone(dut, 'wb', { withinCycles: 5 }),
    ]
    dut.ports.aresetn = 0
    await expect(control.write(0, 1)).rejects.toThrow('no answer')
    await expect(control.read(0)).rejects.toThrow('no answer')
    await expect(bus.read(0)).rejects.toThrow('no answer')
    expect(dut.ports.driven_in_reset_o).toBe(0)
  })

  test('a read of Wishbone selects every byte, whatever was written before', async () => {
    await using dut = await open()
    const bus = wishbone(dut, 'wb')
    await bus.write(0, 0x1234_5678)
    expect(await bus.read(0)).toBe(0x1234_5678)
    await bus.write(0, 0xff, 1)
    expect(await bus.read(0)).toBe(0x1234_56ff)
    expect(await bus.poll(0, { equals: 0x1234_56ff }, { withinCycles: 5 })).toBe(0x1234_56ff)
  })

  test('64 bits are exact, or refused', async () => {
    await using dut = await open()
    const control = axiLite(dut, 's_axi')
    const wide = 0x8000_0000_0000_0101n
    await control.write(0, wide)
    expect(await control.readWide(0)).toBe(wide)
    await expect(control.read(0)).rejects.toThrow(
      's_axi: the register at 0x0 holds 0x8000000000000101, more than the 53 bits of a number. Read it with readWide.',
    )
    // The lowest bits are there, where a number had rounded them away.
    await control.poll(0, { mask: 0xfff, equals: 0x101 }, { withinCycles: 10 })
    await expect(control.poll(0, { mask: 1, equals: 0 }, { withinCycles: 10 })).rejects.toThrow(
      /its last values were 0x8000000000000101$/m,
    )
  })

  test('what cannot be is refused before a cycle', async () => {
    await using dut = await open()
    const control = axiLite(dut, 's_axi')
    const begin = dut.cycle
    const loose = control as unknown as Record<'write' | 'poll', (...values: unknown[]) => Promise<unknown>>
    await expect(control.write(0, 1, 1)).rejects.toThrow(
      's_axi: the module has no wstrb, so that every write is of all bytes',
    )
    await expect(control.write(0, 1, 256)).rejects.toThrow(
      's_axi: strobes: expected a whole number from 0 to 255, got 256',
    )
    for (const value of [undefined, 1.5, 'x', 2n ** 64n])
      await expect(loose.write(0, value)).rejects.toThrow(`s_axi: expected a value of 64 bits, got ${value}`)
    for (const withinCycles of [Number.NaN, '100', 0, Number.POSITIVE_INFINITY])
      await expect(loose.poll(0, { equals: 1 }, { withinCycles })).rejects.toThrow(
        /withinCycles: expected a whole number/,
      )
    for (const condition of [{ mask: 1 }, undefined, 1, { equals: '0' }])
      await expect(loose.poll(0, condition)).rejects.toThrow(/Expected a condition, a function or/)
    expect(dut.cycle).toBe(begin)
    await expect(loose.poll(0, async () => false)).rejects.toThrow('got one that gives a promise')
    expect(() => axiLite(dut, 's_axi')).toThrow(
      's_axi: the port s_axi_awvalid belongs to s_axi already. Make a bus once',
    )
  })
})

describe('a memory', () => {
  test('a VALID that is there at the first edge after a reset is too early', async () => {
    await using dut = await open()
    axiMemory(dut, 'm_axi', { bytes: 64 })
    dut.ports.begin_i = 1
    expect(() => dut.tick()).toThrow(/m_axi: m_axi_arvalid is 1 in the first cycle after a reset/)
    await using late = await open()
    const memory = axiMemory(late, 'm_axi', { bytes: 64 })
    late.tick()
    late.ports.begin_i = 1
    late.tick(4)
    expect(memory.counts().readBursts).toBeGreaterThan(0)
  })

  test('options and errors that cannot be are refused', async () => {
    await using dut = await open()
    const make = (options: object) => () => axiMemory(dut, 'm_axi', { bytes: 64, ...options })
    expect(make({ bytes: new Uint32Array(4) })).toThrow(
      'bytes: expected how many, or a Uint8Array, got Uint32Array',
    )
    expect(make({ bytes: undefined })).toThrow('got undefined')
    expect(make({ base: -4 })).toThrow('base: expected a whole number from 0')
    expect(make({ base: 2 })).toThrow('m_axi: base and bytes must be multiples of the 4 bytes of a beat')
    expect(make({ latency: [8] })).toThrow('latency: expected a whole number')
    expect(make({ reorder: 'id' })).toThrow('reorder: expected none, ids, beats, got id')
    expect(make({ outside: 'decerr' })).toThrow('outside: expected fail, decode-error, got decerr')
    expect(make({ seed: 'x' })).toThrow('Expected a whole number as the seed of m_axi, got x')
    const memory = make({})()
    const answer = (fault: object) => () => memory.answerWithErrors([{ from: 0, to: 8, ...fault }])
    expect(answer({ to: 0 })).toThrow('m_axi: to: expected a whole number from 1')
    expect(answer({ from: Number.NaN })).toThrow('m_axi: from: expected a whole number')
    expect(answer({ response: 'error' })).toThrow(
      'm_axi: response: expected slave-error, decode-error, got error',
    )
    expect(answer({ on: 'read' })).toThrow('m_axi: on: expected reads, writes, got read')
  })

  test.each([
    ['wvalid', 'm_axi of m has m_axi_awvalid, and no output wvalid'],
    ['bvalid', 'm_axi of m has m_axi_awvalid, and no input bvalid'],
    ['wlast', 'm_axi of m has m_axi_awlen, and no output wlast'],
    ['bready', 'm_axi of m has m_axi_bvalid, and no output bready'],
  ])('of a manager without %s is refused', async (missing, says) => {
    const outputs = ['awvalid', 'wvalid', 'bready', 'wlast', 'awaddr', 'awlen', 'wdata']
    const inputs = ['awready', 'wready', 'bvalid']
    const ports = [
      ...outputs.map((own) => `output logic [7:0] m_axi_${own}`),
      ...inputs.map((own) => `input m_axi_${own}`),
    ]
    const file = join(makeFolder(), 'm.sv')
    writeFileSync(
      file,
      `module m (${ports.filter((port) => !port.endsWith(`_${missing}`)).join(', ')});\nendmodule\n`,
    )
    const module = await readPorts({ top: 'm', sources: [file] })
    expect(() => findBus(module, AXI_MANAGER, 'm_axi')).toThrow(says)
  })
})
