import { expect, test } from 'vitest'
import {
  axiLite,
  axiMemory,
  type SimulateOptions,
  simulate,
  simulateInChild,
} from '../../src/simulate/index.ts'
import { createRandom } from '../golden/random.ts'

const copy = (bits: number, seed = 1): SimulateOptions => ({
  top: 'axi_copy',
  sources: ['test/simulate/fixtures/axi_copy.sv'],
  parameters: { DataBits: bits },
  seed,
})

const SIZE = 65_536

test.each([8, 32, 64, 512, 1024])('a copy through registers and a memory of %i bits', async (bits) => {
  for (const seed of [1, 2, 3]) {
    await using dut = await simulate(copy(bits, seed))
    const stalls = seed === 1 ? 0 : 0.3
    const control = axiLite(dut, 's_axi', { stalls })
    const memory = axiMemory(dut, 'm_axi', {
      bytes: SIZE,
      base: 0x4000_0000,
      stalls,
      latency: seed === 1 ? 1 : [2, 30],
    })
    const random = createRandom(seed)
    for (let i = 0; i < SIZE; i++) memory.bytes[i] = random.integer(0, 255)
    const before = memory.bytes.slice()
    const beats = 37
    const word = bits / 8
    const [from, to] = [0x800 - 3 * word, 0xb000 - 5 * word].map((at) => Math.floor(at / word) * word) as [
      number,
      number,
    ]
    await control.write(0x08, 0x4000_0000 + from)
    await control.write(0x0c, 0x4000_0000 + to)
    await control.write(0x10, beats)
    expect(await control.read(0x10)).toBe(beats)
    await control.write(0x00, 1)
    expect(await control.poll(0x04, (status) => (status & 1) === 0)).toBe(0)
    const expected = before.slice()
    expected.set(before.subarray(from, from + beats * word), to)
    expect(Buffer.compare(memory.bytes, expected)).toBe(0)
    const counts = memory.counts()
    expect(counts).toMatchObject({
      readBeats: beats,
      writeBeats: beats,
      readBytes: beats * word,
      writeBytes: beats * word,
    })
    expect(counts.mostReadLatency).toBeGreaterThan(seed === 1 ? 0 : 2)
    expect(memory.idle()).toBe(true)
  }
})

test('the same in a child process, whose buses are named in the options', async () => {
  const buses = {
    control: { kind: 'axi-lite', prefix: 's_axi', stalls: 0.2 },
    ddr: { kind: 'axi-memory', prefix: 'm_axi', bytes: SIZE, latency: [1, 9] },
  } as const
  await using dut = await simulateInChild({ ...copy(64), buses, restartable: true })
  const [control, ddr] = [dut.registers('control'), dut.memoryBus('ddr')]
  for (let run = 0; run < 2; run++) {
    const words = Uint8Array.from({ length: 80 }, (_, i) => 7 * i + run)
    await ddr.write(0x100, words)
    for (const [address, value] of [
      [8, 0x100],
      [12, 0x900],
      [16, 10],
      [0, 1],
    ] as const)
      await control.write(address, value)
    expect(await control.poll(4, { mask: 1, equals: 0 }, { withinCycles: 1000 })).toBe(0)
    expect([...(await ddr.read(0x900, 0x950))]).toEqual([...words])
    expect(await ddr.idle()).toBe(true)
    expect((await ddr.counts()).writeBytes).toBe(80)
    // The memory is as it was after the reset.
    await dut.restart()
    expect([...(await ddr.read(0x900, 0x904))]).toEqual([0, 0, 0, 0])
  }
  await expect(control.poll(4, { equals: 9 }, { withinCycles: 100 })).rejects.toThrow(
    /s_axi: 0x4 never came to 0x9 within 100 cycles/,
  )
  await expect(control.read(0x14)).rejects.toThrow('s_axi: the read of 0x14 was answered with SLVERR')
  expect(() => dut.registers('ddr')).toThrow(
    'Expected a bus of registers of axi_copy, got ddr; its buses of registers are control',
  )
  const words = Uint32Array.of(256, 257) as unknown as Uint8Array
  await expect(ddr.write(0, words)).rejects.toThrow('m_axi: expected a Uint8Array to write, got Uint32Array')
  await expect(ddr.read(0, 2 ** 20)).rejects.toThrow('Expected addresses of m_axi')
})
