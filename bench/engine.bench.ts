import { bench, describe } from 'vitest'
import { Engine } from '../src/golden/engine.ts'
import { createOracle } from '../src/quantise/oracle-run.ts'
import { randomImage } from '../test/golden/random-graph.ts'
import { randomYolo } from '../test/golden/random-yolo.ts'

const graph = randomYolo({ seed: 1 })
const image = randomImage(graph, 1)
const engine = Engine.create(graph)
const oracle = await createOracle(graph)
const head = new Set(graph.detect.levels.flatMap(({ box, cls }) => [box, cls]))

describe('a 640x640 frame of YOLOv8n, 4.37 GMAC', () => {
  bench('engine, every tensor', () => void engine.run(image), { iterations: 20, time: 0 })
  bench('engine, the head only', () => void engine.run(image, { only: head }), { iterations: 20, time: 0 })
  bench('onnxruntime, every tensor', async () => void (await oracle.run(image)), { iterations: 10, time: 0 })
})
