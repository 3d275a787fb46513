import { expect, test } from 'vitest'
import { detectorParameters } from '../../src/detector/options.ts'
import { emitRoms } from '../../src/rom/emit.ts'
import { HAND_ENGINE, makeHandGraph } from '../rom/hand-made.ts'

const nms = { minCode: 3, iouThreshold: 700, capacity: 1024, maxDetections: 300, multiLabel: false }

/** The parameter of a network whose head has so many levels, all on the same logits. */
function maxLevels(count: number): number {
  const graph = makeHandGraph()
  const levels = new Array(count).fill(graph.detect.levels[0])
  const roms = emitRoms({ ...graph, detect: { ...graph.detect, levels } }, HAND_ENGINE, 1, nms)
  return detectorParameters(roms).MaxLevels!
}

test('one build serves every head of up to three levels; beyond them it has as many as the head', () => {
  expect([1, 2, 3, 4, 5].map(maxLevels)).toEqual([3, 3, 3, 4, 5])
})

test('a network without a head is run by the same build', () => {
  const roms = emitRoms({ ...makeHandGraph(), head: null }, HAND_ENGINE, 1, nms)
  expect(detectorParameters(roms)).toMatchObject({ MaxLevels: 3 })
})
