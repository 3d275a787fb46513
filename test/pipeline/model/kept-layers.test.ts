import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openKeptLayers, packLayer, unpackLayer } from '../../../src/pipeline/model/kept-layers.ts'
import type { ChosenLayer } from '../../../src/quantise/choose-layer.ts'
import { makeFolder } from '../prepared.ts'

const layer = (seed: number): ChosenLayer => ({
  refined: {
    weights: { codes: Int8Array.of(seed, -7, 7), scale: Float64Array.of(0.1 * seed) },
    bias: Float64Array.of(1 / 3, -0),
  },
  choice: { ridge: null, damping: 0.1, nearest: 1 / 7, chosen: 1e-9 * seed },
})

describe('a refined layer', () => {
  test.each<{ what: string; chosen: ChosenLayer }>([
    { what: 'codes of 8 bits, a choice', chosen: layer(3) },
    {
      what: 'codes of 16 bits',
      chosen: {
        refined: { weights: { codes: Int16Array.of(300), scale: Float64Array.of(2) } },
        choice: { ridge: 0.3, damping: null, nearest: 0, chosen: 0 },
      },
    },
    { what: 'a bias alone', chosen: { refined: { bias: Float64Array.of(1e-300) }, choice: null } },
  ])('comes back to the bit: $what', ({ chosen }) => {
    expect(unpackLayer(packLayer(chosen))).toEqual(chosen)
  })

  test('with any byte changed, or cut anywhere, is none', () => {
    const file = packLayer(layer(3))
    for (let at = 0; at < file.length; at++) {
      const damaged = file.slice()
      damaged[at]! ^= 1
      expect([at, unpackLayer(damaged)]).toEqual([at, null])
      expect([at, unpackLayer(file.subarray(0, at))]).toEqual([at, null])
    }
  })
})

describe('kept layers', () => {
  test('are found up to the first that is missing or damaged, and none past it', async () => {
    const folder = join(makeFolder(), 'layers')
    const first = openKeptLayers(folder, true)
    expect(await first.read('a')).toBeNull()
    for (const [index, name] of ['a', 'b', 'c'].entries()) await first.write(name, layer(index))
    const again = openKeptLayers(folder, true)
    expect([await again.read('a'), await again.read('b'), again.found]).toEqual([layer(0), layer(1), 2])
    const path = readdirSync(folder).map((name) => join(folder, name))
    const second = path.find((file) => readFileSync(file).equals(packLayer(layer(1))))!
    writeFileSync(second, readFileSync(second).subarray(1))
    const damaged = openKeptLayers(folder, true)
    expect([await damaged.read('a'), await damaged.read('b'), await damaged.read('c')]).toEqual([
      layer(0),
      null,
      null,
    ])
  })

  test('are not asked with --no-cache, and go when the model is whole', async () => {
    const folder = join(makeFolder(), 'layers')
    const layers = openKeptLayers(folder, false)
    await layers.write('a', layer(0))
    expect(await layers.read('a')).toBeNull()
    await layers.remove()
    expect(await openKeptLayers(folder, true).read('a')).toBeNull()
  })
})
