/** The specification on yolov8n, which takes minutes: every element of every layer, beside the engine. */
import { Engine } from '../../src/golden/engine.ts'
import { runSpec } from '../../src/golden/run.ts'
import { loadImage } from '../../src/pipeline/model/golden-run.ts'
import { expectSameTensors } from '../golden/expect-same.ts'
import { testWith } from '../witness.ts'
import { prepareYolov8n } from './prepared.ts'
import { COCO_IMAGE } from './shared-data.ts'

testWith(
  ['../shared/models/yolov8n.pt', '../shared/coco'],
  'specification and engine: yolov8n at 640x640',
  async () => {
    const graph = (await prepareYolov8n()).prepared.integer
    const { codes } = await loadImage(COCO_IMAGE, graph)
    expectSameTensors(graph, runSpec(graph, codes), Engine.create(graph).run(codes))
  },
)
