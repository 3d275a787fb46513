import { expect, test } from 'vitest'
import { axiLite, axiMemory, type SimulateOptions, simulate } from '../../src/simulate/index.ts'
import { createRandom } from '../golden/random.ts'

const copy = (bits: number, seed = 1): SimulateOptions => ({
  top: 'axi_copy',
  sources: ['test/simulate/fixtures/axi_copy.sv'],
  parameters: { DataBits: bits },
  seed,
})

const SIZE = 65_536

test.each([8, 32, 64, 512, 1024])(
  'a copy through registers and a memory of %i bits',
  async (bits) => {
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
  },
  120_000,
)
