/** The order of instructions, and the first and last of them that needs each buffer. */
import { describe, expect, test } from 'vitest'
import { findLifetimes, orderInstructions } from '../../src/rom/lifetimes.ts'
import { planViews } from '../../src/rom/placement.ts'
import { RandomGraphMaker } from '../golden/random-graph.ts'
import { HAND_ENGINE, makeHandGraph } from './hand-made.ts'

const nms = { minCode: 3, iouThreshold: 700, capacity: 1024, maxDetections: 300, multiLabel: true }

function lay(graph: ReturnType<typeof makeHandGraph>, detections = [nms]) {
  const plan = planViews(graph, HAND_ENGINE)
  const order = orderInstructions(graph, plan.copies, detections)
  const names = order.map((item) =>
    item.kind === 'node'
      ? item.node.name
      : item.kind === 'copy'
        ? `${item.copy.from}>${item.copy.into}`
        : `detect ${item.nms.minCode}`,
  )
  return { names, lifetimes: findLifetimes(graph, order, plan, HAND_ENGINE) }
}

describe('with two settings of DETECT', () => {
  const twice = () => lay(makeHandGraph(), [nms, { ...nms, minCode: 4 }])

  test('DETECT comes last, once for each', () => {
    expect(twice().names).toEqual(['stem', 'box', 'cls', 'detect 3', 'detect 4'])
  })

  test('the image lives from before the first instruction, the logits to the last', () => {
    // Buffers in the order of the nodes: images, stem, box, cls. A block of two lines takes two rows.
    expect(twice().lifetimes).toEqual([
      { rows: 2, first: -1, last: 0 },
      { rows: 4, first: 0, last: 2 },
      { rows: 4, first: 1, last: 4 },
      { rows: 2, first: 2, last: 4 },
    ])
  })
})

test('without a head, what no node reads lives until the host has read it, after the last instruction', () => {
  const { names, lifetimes } = lay({ ...makeHandGraph(), head: null })
  expect(names).toEqual(['stem', 'box', 'cls'])
  expect(lifetimes).toEqual([
    { rows: 2, first: -1, last: 0 },
    { rows: 4, first: 0, last: 2 },
    { rows: 4, first: 1, last: 3 },
    { rows: 2, first: 2, last: 3 },
  ])
})

test('a concat lives from its first part to its last reader, and a copy reads and writes', () => {
  const maker = new RandomGraphMaker({ seed: 1, shape: [1, 2, 2] })
  maker.conv('one', 'images', { channels: 2, zeroPoint: 0 })
  maker.conv('two', 'one', { channels: 2, zeroPoint: 0 })
  maker.concat('first', ['one', 'two'])
  maker.maxPool('pool', 'first')
  maker.upsample('up', 'pool')
  maker.concat('second', ['one', 'two'])
  maker.conv('last', 'second', { channels: 2, zeroPoint: 0 })
  maker.add('sum', 'last', 'two')
  const { names, lifetimes } = lay(maker.graph())
  expect(names).toEqual(['one', 'two', 'pool', 'up', 'one>second', 'two>second', 'last', 'sum'])
  expect(lifetimes).toEqual([
    // first, which holds one and two: read last by the sum
    { rows: 4, first: 0, last: 7 },
    // second: its two copies, and its reader
    { rows: 4, first: 4, last: 6 },
    { rows: 2, first: -1, last: 0 },
    // pool, and up of 4x4 in four lines of two rows: nobody reads it, so it lives past the end
    { rows: 4, first: 2, last: 3 },
    { rows: 16, first: 3, last: 8 },
    { rows: 2, first: 6, last: 7 },
    { rows: 2, first: 7, last: 8 },
  ])
})
