/**
 * `make accuracy`: mAP of quantisation schemes on a data set against float, each on several draws of calibration images, and signal to noise
 * at some layers. Prints the tables of docs/accuracy.md; `ARGS='--schemes w4a8,effort=best'` one row of them.
 */
import { basename } from 'node:path'
import { keepImages } from '../cli/commands/validate/data.ts'
import { exitCodeOf, reportError } from '../cli/terminal/errors.ts'
import { listImages } from '../image/list-images.ts'
import { InputError } from '../input/input-error.ts'
import { loadModel } from '../pipeline/model/prepare.ts'
import { readPictures } from '../pipeline/validate/read-pictures.ts'
import { refuse, toolWords, wholeWord } from '../process/tool-words.ts'
import { readInput } from '../store/files.ts'
import { sha256 } from '../store/hash.ts'
import { hashEvaluator, hashQuantiser } from '../store/program-hash.ts'
import { alignClasses } from '../validate/align-classes.ts'
import type { Dataset } from '../validate/dataset.ts'
import { loadDataset } from '../validate/load-dataset.ts'
import { defaultSize, drawSubsets } from './technique-draws.ts'
import { renderAccuracy, renderNoise } from './technique-markdown.ts'
import { BOOTSTRAP, ENGINE, Measurement, PROTOCOL } from './technique-measure.ts'
import { warnings } from './technique-progress.ts'
import {
  findRow,
  type Row,
  readRecord,
  readRows,
  type TechniqueRecord,
  writeRecord,
} from './technique-record.ts'
import { defaultDraws, PROFILE_TABLE, parseScheme, type Scheme, TABLE } from './technique-schemes.ts'

const usage = `make accuracy ARGS='[option …]'

--schemes w4a8,effort=best  a row, may be given several times [the rows of docs/accuracy.md]
--profiles                  the rows of docs/accuracy.md on other hardware
--draws n                   draws of calibration images [5 for an effort, else 1]
--calibration folder        [../shared/coco/calib]
--calibration-images n      images of a draw [24, or three quarters of a smaller folder]
--seed n                    seed of the draws [1]
--data file                 COCO, YOLO or Pascal VOC annotations [../shared/coco/dev]
--images folder             pictures of a COCO file
--limit n                   images of the data set, evenly spread; 0 measures noise alone [all]
--model file.pt             [../shared/models/yolov8n.pt]
--json file                 written after every row; rows that it holds already are not measured again
--markdown file             prints the tables of such a file and measures nothing`
const { values: args } = toolWords({
  usage,
  names: [],
  options: {
    schemes: { type: 'string', multiple: true, default: [] },
    profiles: { type: 'boolean', default: false },
    draws: { type: 'string' },
    calibration: { type: 'string', default: '../shared/coco/calib' },
    'calibration-images': { type: 'string' },
    seed: { type: 'string', default: '1' },
    data: { type: 'string', default: '../shared/coco/dev/annotations/instances_val2017.json' },
    images: { type: 'string' },
    limit: { type: 'string' },
    model: { type: 'string', default: '../shared/models/yolov8n.pt' },
    json: { type: 'string' },
    markdown: { type: 'string' },
  },
})
const asked = wholeWord('draws', args.draws, usage)
const seed = wholeWord('seed', args.seed, usage)!
const limit = args.limit === '0' ? 0 : wholeWord('limit', args.limit, usage)
const ownSize = wholeWord('calibration-images', args['calibration-images'], usage)
if (args.images !== undefined && /^\d+$/.test(args.images))
  refuse(`--images: expected a folder, got ${args.images}; --limit gives a number`, usage)

/** @throws InputError where the draws would all be the same */
function checkDraws(schemes: readonly Scheme[], size: number, listed: number): void {
  const most = Math.max(...schemes.map((scheme) => (scheme.whole ? 1 : (asked ?? defaultDraws(scheme)))))
  if (size > listed || (size === listed && most > 1))
    throw new InputError(
      `draws of ${size} images, and there ${listed === 1 ? 'is' : 'are'} ${listed}`,
      args.calibration,
      'Draw fewer images.',
    )
}

async function measure(): Promise<void> {
  // A wrong scheme is refused before the long part.
  const schemes = (args.schemes.length > 0 ? args.schemes : args.profiles ? PROFILE_TABLE : TABLE).map(
    parseScheme,
  )
  const calibration = await listImages(args.calibration)
  const size = ownSize ?? defaultSize(calibration.length)
  checkDraws(schemes, size, calibration.length)
  const model = await loadModel(args.model, {}, warnings)
  const loaded = await loadDataset(args.data, args.images === undefined ? {} : { imageFolder: args.images })
  const listed = alignClasses(loaded, model.graph.head.classes, args.data)
  const { dataset: whole, hashes } = await readPictures(listed, calibration, warnings)
  const dataset = await limitImages(whole)
  for (const { count, message } of dataset.findings) process.stderr.write(`! ${count} ${message}\n`)

  const calibrationHashes: string[] = []
  for (const path of calibration) calibrationHashes.push(sha256(await readInput(path)))
  const { classes, annotations } = whole
  const key = sha256(
    JSON.stringify([
      [hashQuantiser(), hashEvaluator(), model.hash, calibrationHashes, size, seed],
      [hashes, classes, annotations, limit, PROTOCOL, ENGINE, BOOTSTRAP],
    ]),
  )
  const kept = args.json === undefined ? [] : await readRows(args.json, key)
  const measurement = await Measurement.create({ model, dataset, probes: whole.images.slice(-2) })
  const { map, map50 } = measurement.float
  process.stderr.write(`float ${percent(map)}\n`)
  const others = [...kept]
  const record: Omit<TechniqueRecord, 'rows'> = {
    key,
    model: basename(args.model),
    data: basename(args.data),
    images: dataset.images.length,
    calibration: { folder: basename(args.calibration), listed: calibration.length, size, seed },
    bootstrap: BOOTSTRAP,
    float: { map, map50 },
  }
  const rows: Row[] = []
  for (const scheme of schemes) {
    const draws = scheme.whole
      ? [calibration]
      : drawSubsets(calibration.length, { size, draws: asked ?? defaultDraws(scheme), seed }).map((drawn) =>
          drawn.map((index) => calibration[index]!),
        )
    const found = findRow(kept, scheme.text, draws.length)
    let done = 0
    const row =
      found ??
      (await measurement.measure(scheme, draws, (draw) =>
        process.stderr.write(
          `${scheme.text} draw ${++done} of ${draws.length}: ${percent(draw.map)}, ${draw.cpuSeconds.toFixed(1)} s of CPU\n`,
        ),
      ))
    rows.push(row)
    if (found === undefined) others.push(row)
    if (args.json !== undefined) await writeRecord(args.json, { ...record, rows: others })
  }
  print({ ...record, rows })
}

const print = (record: TechniqueRecord): void => {
  process.stdout.write(`${renderAccuracy(record)}\n\n${renderNoise(record)}\n`)
}

const percent = (value: number | null): string => (value === null ? '-' : (100 * value).toFixed(2))

async function limitImages(dataset: Dataset): Promise<Dataset> {
  if (limit === 0) return { ...dataset, images: [], annotations: [] }
  return limit === null ? dataset : await keepImages(dataset, limit)
}

const run = args.markdown === undefined ? measure() : readRecord(args.markdown).then(print)
await run.catch((error: unknown) => {
  reportError(error, process.env)
  process.exitCode = exitCodeOf(error)
})
