/**
 * `make accuracy`: mAP of quantisation schemes on a COCO data set against float, and signal to noise at some layers. Prints the table of
 * docs/accuracy.md row by row; `ARGS='--schemes w4a8,mse'` one row of it.
 */
import { Engine } from '../golden/engine.ts'
import { runHead } from '../golden/head.ts'
import { codeThreshold, iouToThreshold } from '../golden/head-tables.ts'
import type { IntegerGraph } from '../golden/types.ts'
import { decodeHead } from '../graph/float-head.ts'
import { suppressBoxes } from '../graph/float-nms.ts'
import type { FloatGraph } from '../graph/types.ts'
import { decodeImage } from '../image/decode.ts'
import { type Letterboxed, letterbox } from '../image/letterbox.ts'
import { listImages, spread } from '../image/list-images.ts'
import { toNchwCodes, toNchwFloat } from '../image/planes.ts'
import { silent } from '../pipeline/files/progress.ts'
import { loadModel } from '../pipeline/model/prepare.ts'
import { toolWords } from '../process/tool-words.ts'
import { calibrate } from '../quantise/calibrate.ts'
import { findEqualisablePairs } from '../quantise/equalise.ts'
import { FloatNetwork } from '../quantise/float-network.ts'
import { buildIntegerGraph } from '../quantise/integer-graph.ts'
import { selectRanges } from '../quantise/ranges.ts'
import { refineGraph } from '../quantise/refine.ts'
import { RefineTargets } from '../quantise/refine-targets.ts'
import { openSampled } from '../quantise/sampled-threads.ts'
import { signalToNoise } from '../quantise/signal-to-noise.ts'
import { bootstrapDifference } from '../validate/bootstrap.ts'
import type { DatasetImage, Detection } from '../validate/dataset.ts'
import { evaluate } from '../validate/evaluate.ts'
import { loadDataset } from '../validate/load-dataset.ts'
import { toDetection } from '../validate/to-detection.ts'
import { parseScheme, type Scheme, TABLE } from './technique-schemes.ts'

const { values: args } = toolWords({
  usage: `make accuracy ARGS='[--schemes=w4a8,mse …] [--images=n] [--model=file.pt] [--data=instances.json] [--calibration=folder] [--calibration-images=n]'`,
  names: [],
  options: {
    model: { type: 'string', default: '../shared/models/yolov8n.pt' },
    data: { type: 'string', default: '../shared/coco/dev/annotations/instances_val2017.json' },
    calibration: { type: 'string', default: '../shared/coco/calib' },
    'calibration-images': { type: 'string', default: '25' },
    /** Number of images of the data set, from its first on; 0 measures signal to noise alone. */
    images: { type: 'string', default: 'all' },
    schemes: { type: 'string', multiple: true, default: [] },
  },
})

// A wrong scheme is refused before the long part.
const schemes = (args.schemes.length > 0 ? args.schemes : TABLE).map((text) => ({
  text,
  scheme: parseScheme(text),
}))

const model = await loadModel(args.model, {}, silent)
const graph = model.graph
const [, height, width] = graph.nodes[0]!.shape
const size = { height, width }

const calibrationPaths = spread(await listImages(args.calibration), Number(args['calibration-images']))
const calibrationImages: Letterboxed[] = []
for (const path of calibrationPaths) calibrationImages.push(letterbox(await decodeImage(path), size))
const begin = performance.now()
const calibration = await (async () => {
  await using network = await openSampled(graph, calibrationImages.length)
  return await calibrate(
    graph,
    network,
    calibrationImages.map((image) => ({ real: toNchwFloat(image) })),
  )
})()
console.log(`cross-layer equalisation: ${findEqualisablePairs(graph).length} pairs of layers`)
console.log(`calibration: ${((performance.now() - begin) / calibrationImages.length).toFixed(0)} ms an image`)

interface Subject {
  readonly image: DatasetImage
  readonly box: Letterboxed
}
const whole = await loadDataset(args.data)
const count = args.images === 'all' ? whole.images.length : Number(args.images)
const images = count === 0 ? [] : whole.images.slice(0, count)
const ids = new Set(images.map(({ id }) => id))
const dataset = { ...whole, images, annotations: whole.annotations.filter(({ imageId }) => ids.has(imageId)) }
const subjects: Subject[] = []
for (const image of images) subjects.push({ image, box: letterbox(await decodeImage(image.path), size) })

const LAYERS = [
  'model.0',
  'model.4.cv2',
  'model.9.cv2',
  'model.15.cv2',
  'model.21.cv2',
  'model.22.cv2.0.2',
  'model.22.cv3.0.2',
]
const probes: { box: Letterboxed; real: Map<string, Float32Array> }[] = []
{
  await using network = await FloatNetwork.create(graph, { activations: LAYERS, threads: 2 })
  // Not of the calibration set: refinement fits that.
  for (const { path } of whole.images.slice(-2)) {
    const box = letterbox(await decodeImage(path), size)
    probes.push({ box, real: await network.run(toNchwFloat(box)) })
  }
}

const nms = { confidence: 0.001, iou: 0.7, multiLabel: true, maxDetections: 300 }

async function floatDetections(of: FloatGraph): Promise<Detection[]> {
  await using network = await FloatNetwork.create(of, { threads: 2 })
  const all: Detection[] = []
  for (const { image, box } of subjects) {
    const decoded = decodeHead(of.head, await network.run(toNchwFloat(box)), size)
    for (const found of suppressBoxes(decoded, nms)) all.push(toDetection(found, box, image))
  }
  return all
}

function integerDetections(of: IntegerGraph, engine: Engine): Detection[] {
  const logits = new Set(of.detect.levels.flatMap(({ box, cls }) => [box, cls]))
  const options = {
    minCode: codeThreshold(of.head!, nms.confidence),
    iouThreshold: iouToThreshold(nms.iou),
    capacity: 30_000,
    maxDetections: 300,
    multiLabel: true,
  }
  const all: Detection[] = []
  for (const { image, box } of subjects) {
    const tensors = engine.run(toNchwCodes(box, of.nodes[0]!.quant.bits), { only: logits })
    for (const found of runHead(of, tensors, options).boxes) {
      const real = { x0: found.x0 / 16, y0: found.y0 / 16, x1: found.x1 / 16, y1: found.y1 / 16 }
      all.push(toDetection({ ...real, classIndex: found.classIndex, score: found.score / 65536 }, box, image))
    }
  }
  return all
}

const percent = (value: number | null): string => ((value ?? 0) * 100).toFixed(2)

/** mAP50-95, mAP50, and the difference to float with its interval. */
const score = async (detections: Detection[], reference: Detection[] | null): Promise<string> => {
  if (subjects.length === 0) return ''
  const { map, map50 } = await evaluate(dataset, detections)
  const difference =
    reference === null ? null : await bootstrapDifference(dataset, reference, detections, { replicates: 300 })
  const interval =
    difference === null
      ? ''
      : `${percent(difference.difference)} (${percent(difference.low)} … ${percent(difference.high)})`
  return `${percent(map)} | ${percent(map50)} | ${interval} |`
}

async function report(name: string, integer: IntegerGraph, reference: Detection[]): Promise<void> {
  const engine = Engine.create(integer)
  const noise = LAYERS.map((layer) => {
    const node = integer.nodes.find((one) => one.name === layer)!
    const values = probes.map(({ box, real }) => {
      const codes = engine.run(toNchwCodes(box, integer.nodes[0]!.quant.bits), { only: new Set([layer]) })
      return signalToNoise(real.get(layer)!, codes.get(layer)!, node.quant)
    })
    return (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(1)
  })
  const detections = subjects.length === 0 ? [] : integerDetections(integer, engine)
  console.log(`| ${name} | ${noise.join(' | ')} | ${await score(detections, reference)}`)
}

async function build(scheme: Scheme): Promise<IntegerGraph> {
  const [weightBits, activationBits] = scheme.bits
  const options = {
    weightBits,
    activationBits,
    tableBits: scheme.table,
    observer: scheme.observer,
    scope: 'all' as const,
  }
  const ranges = await selectRanges(graph, calibration, options)
  if (scheme.techniques.length === 0) return buildIntegerGraph(graph, ranges, options)
  const targets = new RefineTargets(graph, calibrationImages.length, {
    scope: 'all',
    samples: scheme.samples,
    seed: 1,
  })
  await using network = await openSampled(graph, calibrationImages.length)
  for (const [i, image] of calibrationImages.entries())
    targets.collect(i, await network.sample(toNchwFloat(image), targets.wantedOf(i)))
  const images = calibrationImages.map((image) => toNchwCodes(image, activationBits))
  const techniques = new Set(scheme.techniques)
  return await refineGraph({ graph, ranges, targets, images }, { ...options, techniques })
}

const reference = subjects.length === 0 ? [] : await floatDetections(graph)
console.log(`| scheme | CPU s | ${LAYERS.join(' | ')} | mAP | mAP50 | difference |`)
console.log(`|${' --- |'.repeat(LAYERS.length + 5)}`)
console.log(`| float | |${' |'.repeat(LAYERS.length)} ${await score(reference, null)}`)
for (const { text, scheme } of schemes) {
  const start = process.cpuUsage()
  const integer = await build(scheme)
  const { user, system } = process.cpuUsage(start)
  await report(`${text} | ${((user + system) / 1e6).toFixed(1)}`, integer, reference)
}
