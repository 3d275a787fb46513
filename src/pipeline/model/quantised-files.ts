/** This file writes what `assay quantise` makes: weights at every stage, architecture, ONNX files, ranges, and a manifest of them. */
import { join } from 'node:path'
import { describeArchitecture, listRanges } from '../../artefacts/architecture.ts'
import { writeCmsisHeader } from '../../artefacts/cmsis-header.ts'
import { writeNpy } from '../../artefacts/npy.ts'
import { writePickle } from '../../artefacts/pickle.ts'
import { writeSafetensors } from '../../artefacts/safetensors.ts'
import {
  fusedTensors,
  type NamedTensors,
  originalTensors,
  quantisedTensors,
} from '../../artefacts/weight-tensors.ts'
import { ITEM_BYTES } from '../../checkpoint/tensor.ts'
import { giveWay } from '../../input/give-way.ts'
import { pathName } from '../../input/path-name.ts'
import { writeIntegerGraph } from '../../quantise/integer-file.ts'
import { writeFloatOnnx } from '../../quantise/onnx-float.ts'
import { writeQdqOnnx } from '../../quantise/onnx-qdq.ts'
import { isQlinear, writeQlinearOnnx } from '../../quantise/onnx-qlinear.ts'
import { renderBits } from '../../report/bits.ts'
import { renderChoices, renderLearning } from '../../report/choices.ts'
import { drawHistogram } from '../../report/histogram-svg.ts'
import { renderRanges } from '../../report/ranges.ts'
import { writeSet } from '../../store/file-set.ts'
import { sha256 } from '../../store/hash.ts'
import type { Progress } from '../files/progress.ts'
import type { FileGroup } from './file-groups.ts'
import { BITS_FILE, CMSIS_FILE, dropFormer, findFormer, NPY_FOLDER, sayFormer } from './former-model.ts'
import type { ModelOptions } from './options.ts'
import type { LoadedModel, PreparedModel } from './prepare.ts'
import type { QuantisationReport } from './quantise-model.ts'
import { type FileRecord, type RunRecord, recordRun } from './run-record.ts'

export interface QuantisedManifest extends RunRecord {
  readonly format: 'assay run'
  readonly version: 1
  readonly files: readonly (FileRecord & { readonly bytes: number; readonly what: string })[]
}

interface Output {
  readonly file: string
  readonly what: string
  readonly data: Uint8Array | string
}

export interface QuantisedContent {
  readonly model: LoadedModel
  readonly prepared: PreparedModel
  readonly options: ModelOptions
  readonly groups: readonly FileGroup[]
}

/**
 * Writes `model.assay`, the chosen groups and `manifest.json`; where one cannot be written, nothing is changed. Memory holds the files of
 * one group at a time. What another model left in the folder goes, and it is said.
 */
export async function writeQuantised(
  folder: string,
  { model, prepared, options, groups }: QuantisedContent,
  progress: Progress,
): Promise<QuantisedManifest> {
  const task = progress.start('write weights, architecture and ONNX')
  const record = await recordRun('quantise', model, prepared, options)
  const former = await findFormer(folder, record.model.id)
  const files: QuantisedManifest['files'][number][] = []
  const manifest = await writeSet(async (set) => {
    const write = async (outputs: readonly Output[], share: number): Promise<void> => {
      for (const { file, what, data } of outputs) {
        task.update(share, file)
        const bytes = typeof data === 'string' ? Buffer.from(data) : data
        await set.put(join(folder, file), bytes)
        files.push({ file, bytes: bytes.length, sha256: sha256(bytes), what })
      }
    }
    const what = 'the quantised model, for assay itself'
    await write([{ file: 'model.assay', what, data: writeIntegerGraph(prepared.integer) }], 0)
    await write(describeBits(prepared.report), 0)
    for (const [index, group] of groups.entries())
      await write(await makeGroup(group, model, prepared), (index + 1) / (groups.length + 1))
    // The manifest is put last, so a folder without one is incomplete.
    const made: QuantisedManifest = { format: 'assay run', version: 1, ...record, files }
    set.drop(join(folder, 'manifest.json'))
    await set.put(join(folder, 'manifest.json'), `${JSON.stringify(made, null, 1)}\n`)
    await dropFormer(set, folder, former)
    return made
  })
  sayFormer(folder, former)
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  task.done(`${files.length + 1} files, ${(bytes / 1e6).toFixed(0)} MB; --files chooses fewer`)
  return manifest
}

async function makeGroup(group: FileGroup, model: LoadedModel, prepared: PreparedModel): Promise<Output[]> {
  await giveWay()
  const { integer } = prepared
  switch (group) {
    case 'original':
      return bothFormats('original', "the checkpoint's weights", originalTensors(model.state))
    case 'fused':
      return bothFormats('fused', 'weights after batch-norm fusion', fusedTensors(model.graph))
    case 'quantised': {
      const tensors = quantisedTensors(integer)
      const header = writeCmsisHeader(integer)
      return [
        {
          file: 'quantised.pickle',
          what: 'weight codes, biases, multipliers, shifts, tables',
          data: writePickle(tensors),
        },
        ...(header === null
          ? []
          : [{ file: CMSIS_FILE, what: 'the convolutions as C arrays for CMSIS-NN', data: header }]),
        ...[...tensors].map(([name, tensor]) => ({
          file: `${NPY_FOLDER}/${pathName(`${name}.npy`, 'tensor')}`,
          what: tensor.shape.join('x'),
          data: writeNpy(tensor),
        })),
      ]
    }
    case 'architecture': {
      const architecture = describeArchitecture(model.graph, integer, ITEM_BYTES[model.dtype])
      return [
        {
          file: 'architecture.json',
          what: 'the compressed architecture',
          data: `${JSON.stringify(architecture, null, 1)}\n`,
        },
      ]
    }
    case 'ranges':
      return [
        {
          file: 'ranges.json',
          what: 'scale, zero point and range of every tensor',
          data: `${JSON.stringify(listRanges(integer), null, 1)}\n`,
        },
      ]
    case 'calibration':
      return describeCalibration(prepared.report)
    case 'onnx': {
      const float = writeFloatOnnx(model.graph)
      await giveWay()
      const quantised = writeQdqOnnx(model.graph, integer)
      return [
        { file: 'float.onnx', what: 'the fused float network', data: float },
        { file: 'quantised.onnx', what: 'with QuantizeLinear and DequantizeLinear', data: quantised },
        ...(isQlinear(integer)
          ? [{ file: 'qlinear.onnx', what: 'with QLinearConv, exact', data: writeQlinearOnnx(integer) }]
          : []),
      ]
    }
  }
}

/** The activation bits that a search has found, to be edited and given to a run. */
const describeBits = ({ bitSearch }: QuantisationReport): readonly Output[] =>
  bitSearch === null
    ? []
    : [
        {
          file: BITS_FILE,
          what: 'the activation bits that were found, for --overrides',
          data: `${JSON.stringify(bitSearch.overrides, null, 1)}\n`,
        },
      ]

/** Describes the choice and the cost of each range as a table, as JSON, and as a picture for each tensor. */
function describeCalibration(report: QuantisationReport): Output[] {
  const lines = [
    ...renderRanges(report.ranges),
    ...renderBits(report.bitSearch),
    ...renderChoices(report.refinement),
    ...renderLearning(report.distillation),
  ]
  return [
    {
      file: 'calibration.txt',
      what: 'the chosen ranges and what each observer costs, and the chosen weights',
      data: `${lines.join('\n')}\n`,
    },
    {
      file: 'calibration.json',
      what: 'the same with histograms, for programs',
      data: `${JSON.stringify(report)}\n`,
    },
    ...report.ranges.flatMap(({ low, high, histograms }) =>
      histograms.map((histogram) => ({
        file: `histograms/${pathName(`${histogram.tensor}.svg`, 'tensor')}`,
        what: 'histogram with the chosen cut',
        data: drawHistogram({ ...histogram, title: histogram.tensor, low, high }),
      })),
    ),
  ]
}

function bothFormats(stem: string, what: string, tensors: NamedTensors): Output[] {
  return [
    { file: `${stem}.pickle`, what: `${what}, a dict of arrays`, data: writePickle(tensors) },
    {
      file: `${stem}.safetensors`,
      what,
      data: writeSafetensors({ tensors, metadata: new Map([['format', 'np']]) }),
    },
  ]
}
