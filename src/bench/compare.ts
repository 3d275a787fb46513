/** What it costs to compare every tensor of the real network with a dump. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeNpy } from '../artefacts/npy.ts'
import { runHead } from '../golden/head.ts'
import { silent } from '../pipeline/files/progress.ts'
import { writeFrozen } from '../pipeline/golden/frozen-set.ts'
import { chooseNms, DEFAULT_NMS } from '../pipeline/model/engine-choice.ts'
import { runGolden } from '../pipeline/model/golden-run.ts'
import { DEFAULT_ENGINE } from '../rom/parameters.ts'
import { writeCached } from '../store/files.ts'
import { atMost, type Bench, median } from './measure.ts'
import { prepareBenchModel } from './model.ts'
import { makeOut } from './out-folder.ts'
import { measureCommand, needSuccess } from './process.ts'

export const compareBench: Bench = {
  name: 'compare',
  run: async (context) => {
    const prepared = await prepareBenchModel(context)
    if (prepared === null) return []
    const { graph, image, tableBits, path, imagePath } = prepared
    const golden = await runGolden(graph, image, silent)
    const boxes = runHead(graph, golden, chooseNms(graph, DEFAULT_ENGINE, DEFAULT_NMS))
    const [set, arrays, bytes] = ['compare-set', 'compare-npy', 'compare-bin'].map((name) =>
      join(context.scratch, name),
    ) as [string, string, string]
    for (const folder of [arrays, bytes]) await mkdir(folder)
    for (const { name, shape } of graph.nodes) {
      const codes = golden.get(name)!
      const [channels, height, width] = shape
      const pixels = height * width
      const last = codes.map((_, at) => codes[(at % channels) * pixels + Math.floor(at / channels)]!)
      await writeCached(join(arrays, `${name}.npy`), writeNpy({ shape, data: codes }))
      await writeCached(join(bytes, `${name}.bin`), last as Uint8Array)
    }
    const about = {
      ...{ model: 'yolov8n.pt', tableBits, nms: DEFAULT_NMS, stimulus: undefined, boxes },
      image: { file: 'image.jpg', sha256: '0'.repeat(64) },
    }
    await writeFrozen(set, graph, golden, about, new Set(golden.keys()))
    const out = await makeOut(context, 'compare')
    const program = join(context.home, 'dist', 'cli', 'main.js')
    const measure = async (dump: string, ...against: readonly string[]): Promise<number> => {
      const seconds: number[] = []
      for (let round = 0; round < 5; round++) {
        const args = [program, 'compare', '--dump', dump, '--out', out, ...against]
        const run = await measureCommand(process.execPath, args, { cwd: context.home })
        needSuccess(run, 'assay compare')
        seconds.push(run.seconds)
      }
      return median(seconds)
    }
    const elements = graph.nodes.reduce((sum, { shape }) => sum + shape[0] * shape[1] * shape[2], 0)
    const note = `median of 5; ${golden.size} tensors, ${(elements / 1e6).toFixed(1)} M elements`
    const { calibration } = context.real!
    const model = ['--model', path, '--image', imagePath, '--calibration', calibration]
    return [
      atMost(
        '`assay compare` of all of yolov8n, .npy against a frozen set',
        await measure(arrays, '--against', set),
        2,
        note,
      ),
      atMost(
        'the same, binary files in an order that is inferred',
        await measure(bytes, '--against', set),
        2,
        note,
      ),
      atMost(
        'the same, .npy against the quantised model and its image',
        await measure(arrays, ...model),
        2,
        note,
      ),
    ]
  },
}
