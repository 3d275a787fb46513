/** The engine under `onnx-qlinear` beside the operators of onnxruntime, element by element. */
import { PROFILES } from '../arithmetic/built-in.ts'
import { Engine } from '../golden/engine.ts'
import type { FloatGraph } from '../graph/types.ts'
import { runQlinear } from '../quantise/run-qlinear.ts'
import type { Bench, Measurement } from './measure.ts'
import { type BenchChoice, prepareBenchModel } from './model.ts'

const DEFAULT = 'golden/default'
const SHAPES = {
  model: `${DEFAULT}/shapes.pt`,
  calibration: `${DEFAULT}/calib`,
  image: `${DEFAULT}/val/000000.png`,
}

const withRelu = (graph: FloatGraph): FloatGraph => ({
  ...graph,
  nodes: graph.nodes.map((node) =>
    node.op === 'conv' && node.activation !== 'none' ? { ...node, activation: 'relu' } : node,
  ),
})

const NETWORKS: readonly { readonly name: string; readonly choice: BenchChoice }[] = [
  { name: 'yolov8n at 640x640', choice: {} },
  { name: 'yolov8n with ReLU', choice: { changed: { word: 'relu', change: withRelu } } },
  { name: 'the default model', choice: { files: SHAPES } },
]

export const qlinearBench: Bench = {
  name: 'qlinear',
  run: async (context) => {
    const profile = PROFILES.find(({ name }) => name === 'onnx-qlinear')!
    const rows: Measurement[] = []
    for (const { name, choice } of NETWORKS) {
      context.log(`qlinear ${name} …`)
      const model = prepareBenchModel(context, { ...choice, profile, tableBits: 8 })
      if (model === null) continue
      const { graph, image } = await model
      const own = Engine.create(graph).run(image)
      const theirs = await runQlinear(graph, image)
      let [elements, differ] = [0, 0]
      for (const [tensor, codes] of own) {
        elements += codes.length
        for (const [i, code] of theirs.get(tensor)!.entries()) if (code !== codes[i]) differ++
      }
      rows.push({
        what: `onnx-qlinear beside onnxruntime, ${name}`,
        target: 'all equal',
        measured: differ === 0 ? `${elements} equal` : `${differ} of ${elements} differ`,
        met: differ === 0,
        note: 'every element of every tensor of one image',
      })
    }
    return rows
  },
}
