import { afterAll, describe, expect, test } from 'vitest'
import { type LayerRunner, type LogitCost, openLayers } from '../../../src/pipeline/validate/layer-runner.ts'
import { toDecibels } from '../../../src/quantise/signal-power.ts'
import { repositoryPath } from '../../checkpoint/shared-data.ts'
import { prepareDefault } from '../prepared.ts'

const paths = [repositoryPath('golden/default/val/000000.png')]
const { model, prepared } = await prepareDefault()
const layers = await openLayers({
  kind: 'layers',
  fused: model.graph,
  integer: prepared.integer,
  choice: { confidence: 0.25, iou: 0.7, maxDetections: 300, multiLabel: false },
})
afterAll(() => layers[Symbol.asyncDispose]())

const cost = async (task: Parameters<LayerRunner['run']>[0]): Promise<LogitCost> => {
  const result = await layers.run(task)
  if (result.analysis !== 'logits') throw new Error('expected logits')
  return result
}

describe('one layer at a time', () => {
  test('nothing integer costs nothing', async () => {
    const none = await cost({ analysis: 'none', paths })
    expect([none.box.noise, none.cls.noise]).toEqual([0, 0])
    expect(none.box.signal).toBeGreaterThan(0)
    expect(none.boxes[0]!.length).toBeGreaterThan(0)
  })

  test.each(['model.0', 'model.2.m.0', 'model.9.cv2', 'model.22.cv3.0.2'])(
    '%s alone costs less than all',
    async (layer) => {
      const all = await cost({ analysis: 'all', paths })
      const only = await cost({ analysis: 'only', layer, paths })
      const isClass = layer.includes('cv3')
      const [own, whole] = isClass ? [only.cls, all.cls] : [only.box, all.box]
      expect(own.noise).toBeGreaterThan(0)
      expect(own.noise).toBeLessThan(whole.noise)
      // A class convolution does not touch the boxes.
      expect(isClass ? toDecibels(only.box) : 101).toBeGreaterThan(100)
    },
  )

  test('the last convolution in float alone keeps the noise that comes in', async () => {
    const all = await cost({ analysis: 'all', paths })
    const but = await cost({ analysis: 'but', layer: 'model.22.cv2.0.2', paths })
    expect(but.box.noise).toBeLessThan(all.box.noise)
    expect(but.box.noise).toBeGreaterThan(0.1 * all.box.noise)
    expect(but.cls).toEqual(all.cls)
  })
})

test('noise by layer: the first layer has no history, later ones have', async () => {
  const result = await layers.run({ analysis: 'noise', path: paths[0]! })
  if (result.analysis !== 'noise') throw new Error('expected noise')
  const [first] = result.layers
  expect(first).toMatchObject({ name: 'model.0', op: 'conv' })
  expect(first!.chained).toEqual(first!.isolated)
  expect(toDecibels(first!.isolated)).toBeGreaterThan(25)
  const worse = result.layers.filter(({ chained, isolated }) => chained.noise > isolated.noise)
  expect(worse.length).toBeGreaterThan(0.9 * result.layers.length)
})
