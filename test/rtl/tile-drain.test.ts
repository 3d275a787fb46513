import { describe, expect, test } from 'vitest'
import { simulate } from '../../src/simulate/index.ts'
import { makeRandom } from '../../src/testing/random.ts'

interface DrainPorts {
  rst_ni: number
  plane_i: number
  tile_valid_i: number
  tile_row_i: number
  tile_bank_i: number
  tile_pixels_i: number
  tile_blocks_i: number
  readonly valid_o: number
  readonly pixel_o: number
  readonly block_o: number
  readonly row_o: number
  readonly bank_o: number
}

const open = (PX: number, Blocks: number) =>
  simulate<DrainPorts>({
    top: 'tile_drain',
    sources: ['rtl/assay_pkg.sv', 'rtl/tile_drain.sv'],
    parameters: { PX, Blocks, RowBits: 9 },
    verilatorFlags: ['--assert'],
    randomiseUnknowns: true,
  })

describe.each([
  { PX: 1, Blocks: 1 },
  { PX: 4, Blocks: 1 },
  { PX: 2, Blocks: 3 },
  { PX: 4, Blocks: 2 },
])('tile_drain, PX $PX, $Blocks blocks', ({ PX, Blocks }) => {
  test('counts out tiles of every size, back to back and with gaps', async () => {
    await using dut = await open(PX, Blocks)
    const { ports } = dut
    const random = makeRandom(PX * 8 + Blocks)
    expect(ports.valid_o).toBe(0)
    ports.plane_i = 37
    let expected: number[][] = []
    let idle: readonly number[] | null = null
    const check = () => {
      expect(ports.valid_o).toBe(expected.length === 0 ? 0 : 1)
      const place = [ports.pixel_o, ports.block_o, ports.row_o, ports.bank_o]
      // Where no word is valid, nothing moves.
      expect(place).toEqual(expected[0] ?? idle ?? place)
      idle = expected.length === 0 ? place : null
      expected = expected.slice(1)
    }
    for (let tile = 0; tile < 150; tile++) {
      const [pixels, blocks] = [1 + random(PX), 1 + random(Blocks)]
      const [row, bank] = [random(512), random(2 * PX)]
      Object.assign(ports, { tile_valid_i: 1, tile_row_i: row, tile_bank_i: bank })
      Object.assign(ports, { tile_pixels_i: pixels - 1, tile_blocks_i: blocks - 1 })
      dut.tick()
      // Only a tile that is valid is looked at.
      Object.assign(ports, { tile_valid_i: 0, tile_row_i: random(512), tile_bank_i: random(2 * PX) })
      Object.assign(ports, { tile_pixels_i: random(PX), tile_blocks_i: random(Blocks) })
      expected = Array.from({ length: pixels * blocks }, (_, word) => {
        const [pixel, block] = [Math.floor(word / blocks), word % blocks]
        return [pixel, block, (row + 37 * block) % 512, (bank + pixel) % (2 * PX)]
      })
      check()
      // The next tile comes with the last word, or later.
      const gap = random(3)
      for (let cycle = 1; cycle < pixels * blocks + gap; cycle++) {
        dut.tick()
        check()
      }
    }
  })
})

test('a reset ends a tile', async () => {
  await using dut = await open(4, 2)
  const { ports } = dut
  Object.assign(ports, { tile_valid_i: 1, tile_pixels_i: 3, tile_blocks_i: 1 })
  dut.tick()
  ports.tile_valid_i = 0
  dut.tick()
  expect(ports.valid_o).toBe(1)
  ports.rst_ni = 0
  expect(ports.valid_o).toBe(0)
})

test('a tile that comes too early is an assertion', async () => {
  await using dut = await open(4, 1)
  Object.assign(dut.ports, { tile_valid_i: 1, tile_pixels_i: 2 })
  dut.tick()
  expect(() => dut.tick()).toThrow(/tile_drain\.sv:\d+/)
})
