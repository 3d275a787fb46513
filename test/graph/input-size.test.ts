import { describe, expect, test } from 'vitest'
import { readCheckpoint } from '../../src/checkpoint/read-checkpoint.ts'
import { buildGraph, type InputSize } from '../../src/graph/build-graph.ts'
import { type SyntheticOptions, writeSynthetic } from '../checkpoint/synthetic.ts'
import { makeConv } from '../checkpoint/synthetic-modules.ts'
import { describeTensor } from '../checkpoint/write-pickle.ts'

const build = async (options: SyntheticOptions, at: InputSize) =>
  buildGraph(await readCheckpoint(writeSynthetic(options), 'made.pt'), at)
const square = (side: number): InputSize => ({ height: side, width: side })

describe('the size of the input', async () => {
  const checkpoint = await readCheckpoint(writeSynthetic(), 'made.pt')

  test.each([
    { height: 100, width: 96 },
    { height: 0, width: 32 },
    { height: 32, width: 1e6 },
    { height: Number.NaN, width: 32 },
  ])('is not $height x $width pixels', (at) => {
    expect(() => buildGraph(checkpoint, at)).toThrow(/multiples of 32, from 32 to 8192/)
  })

  test.each([
    [{ height: 100, width: 96 }, 'Take --size 96 or --size 128x96.'],
    [{ height: 10, width: 10 }, 'Take --size 32.'],
    [{ height: 9000, width: 8200 }, 'Take --size 4096.'],
  ])('%j is refused with what is near', (at, advice) => {
    expect(() => buildGraph(checkpoint, at)).toThrow(advice)
  })

  test('is a multiple of 64 for a P6 head, whatever the file says of strides', async () => {
    const needs =
      'made.pt: input size: got 160x160 (height x width), and this network needs multiples of 64, from 64 to 8192. Take --size 128 or --size 192.'
    for (const strides of [undefined, [0, 0, 0, 0]]) {
      await expect(build({ deeper: 1, strides }, square(160))).rejects.toThrow(needs)
      const graph = await build({ deeper: 1, strides }, { height: 192, width: 128 })
      expect(graph.head.levels.map(({ stride }) => stride)).toEqual([8, 16, 32, 64])
    }
    await expect(build({ strides: [8, 16, 64] }, square(64))).rejects.toThrow(
      'level 2 has stride 32, but the checkpoint says 64',
    )
  })

  test('is divided by the cells of every level', async () => {
    const at = { tensor: (...shape: number[]) => describeTensor({ key: '0', shape }), replace: new Map() }
    // An even kernel with padding gives a pixel more.
    for (const [branch, channels] of [
      ['cv2', 64],
      ['cv3', 32],
    ] as const) {
      const path = `model.22.${branch}.0.1`
      const conv = makeConv(at, path, { from: channels, to: channels, kernel: 2 })
      await expect(
        build({ replace: new Map([[path, conv]]), strides: [0, 0, 0] }, square(64)),
      ).rejects.toThrow('made.pt: model.22: level 0 has 9x9 cells for an input of 64x64.')
    }
  })
})
