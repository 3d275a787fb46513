/** `assay golden`: the quantised activations of every layer for an image. */
import { basename, join } from 'node:path'
import { hooksOf } from '../../arithmetic/profile.ts'
import { profileOf } from '../../golden/code-range.ts'
import type { Codes } from '../../golden/types.ts'
import type { GoldenContent } from '../../pipeline/golden/golden-files.ts'
import type { EngineArray } from '../../pipeline/model/engine-choice.ts'
import type { LoadedImage } from '../../pipeline/model/golden-run.ts'
import { chooseLayers, parseLayers } from '../model/layers.ts'
import { type Prepared, prepareFromArguments } from '../model/prepare.ts'
import { chooseQuantisation } from '../model/quantisation.ts'
import type { Arguments, Declarations } from '../options/declaration.ts'
import { defineCommand } from '../options/define-command.ts'
import {
  ARRAY_OPTION,
  MODEL_GROUPS,
  MODEL_OPTIONS,
  Q_NMS_OPTIONS,
  STIMULUS_OPTION,
} from '../options/shared.ts'
import { printResult, progressFor } from '../terminal/print.ts'

const GOLDEN_OPTIONS = {
  layout: {
    choices: ['plain', 'engine'] as const,
    default: 'plain' as const,
    describe: "ROM text with one code per word in C order, or the engine's feature words",
  },
  array: { ...ARRAY_OPTION, describe: 'engine array PIxPOxPX of --layout engine' },
  freeze: {
    type: 'string',
    writes: 'folder',
    describe: 'folder for a compact set to keep under version control: see sim --frozen',
  },
  layers: {
    alias: 'l',
    type: 'string',
    parse: parseLayers,
    describe: 'layers whose codes the frozen set holds in full [none]',
  },
  ...Q_NMS_OPTIONS,
  ...STIMULUS_OPTION,
} as const satisfies Declarations

const OPTIONS = { ...MODEL_OPTIONS, ...GOLDEN_OPTIONS } as const
type GoldenArguments = Arguments<typeof OPTIONS>

export const goldenCommand = defineCommand<GoldenArguments>({
  name: 'golden',
  options: OPTIONS,
  groups: { ...MODEL_GROUPS, 'Golden data:': Object.keys(GOLDEN_OPTIONS) },
  check: chooseQuantisation,
  handler: async (args, { env }) => {
    const progress = progressFor(args, env)
    const run = await prepareFromArguments(args, progress, {
      array: args.layout === 'engine' ? args.array : undefined,
      layers: args.layers,
      image: true,
      runsHead: args.freeze !== undefined,
    })
    const { integer } = run.prepared
    const { loadImage, runGolden } = await import('../../pipeline/model/golden-run.ts')
    const { writeGolden } = await import('../../pipeline/golden/golden-files.ts')
    const { recordRun } = await import('../../pipeline/model/run-record.ts')
    const image = await loadImage(run.inputs.image, integer)
    const tensors = await runGolden(integer, image.codes, progress)
    if (args.freeze !== undefined) return freeze(args, args.freeze, run, image, tensors)
    const record = await recordRun('golden', run.model, run.prepared, run.options)
    const folder = join(run.folder, 'golden')
    const engine = args.layout === 'engine' ? await engineLayout(run, args.array, tensors) : {}
    const content = { graph: integer, tensors, image, record, ...engine }
    const index = await writeGolden(folder, content, progress)
    printResult(args, { folder, ...index }, () =>
      [
        `${index.tensors.length} golden tensors in ${folder}`,
        '  <layer>.npy            codes, [channels, height, width]',
        `  <layer>.mem            $readmemh text, ${args.layout} layout`,
        '  activations.pickle     all of them, a dict of arrays',
        ...(index.boxes === null
          ? []
          : ['  boxes.json             boxes, as the port of the detector has them']),
        '  index.json             shapes, scales, zero points, inputs, digests',
      ].join('\n'),
    )
  },
})

/** `--freeze`: digests of all layers, all codes of chosen ones, and what the RTL is checked with. */
async function freeze(
  args: GoldenArguments,
  folder: string,
  run: Prepared,
  image: LoadedImage,
  tensors: ReadonlyMap<string, Codes>,
): Promise<void> {
  const { FROZEN_FILES, writeFrozen } = await import('../../pipeline/golden/frozen-set.ts')
  const { chooseEngine, chooseNms, DEFAULT_NMS } = await import('../../pipeline/model/engine-choice.ts')
  const { runHead } = await import('../../golden/head.ts')
  const { sha256 } = await import('../../store/hash.ts')
  const { integer } = run.prepared
  const names = integer.nodes.map(({ name }) => name)
  const chosen = args.layers === undefined ? [] : chooseLayers(names, args.layers)
  const { confidence, iou, multiLabel } = args
  const choice = { ...DEFAULT_NMS, confidence, iou, multiLabel }
  const nms = chooseNms(integer, chooseEngine(run.options, args.array), choice)
  const about = {
    model: basename(run.inputs.model),
    tableBits: run.options.tableBits,
    nms: choice,
    stimulus: args.stimulus,
    image: { file: basename(image.path), sha256: sha256(image.bytes) },
    boxes: integer.head === null ? null : runHead(integer, tensors, nms),
  }
  const index = await writeFrozen(folder, integer, tensors, about, new Set(chosen.map((at) => names[at]!)))
  const full = index.layers.filter(({ file }) => file !== null).length
  printResult(args, { folder, ...index }, () =>
    [
      `${index.layers.length} layers frozen in ${folder}, all codes of ${full}`,
      `  ${FROZEN_FILES.index}   shapes, scales, digests, boxes: one layer per line`,
      `  ${FROZEN_FILES.graph}   the quantised network`,
      '  layers/*.npy  codes of the image and of the chosen layers',
      `Check RTL against it with: assay sim --frozen ${folder}${hooksOf(profileOf(integer)).length > 0 ? ` --profile ${args.profile}` : ''}`,
    ].join('\n'),
  )
}

/** `--layout engine`: the words of the feature memory, and the boxes of the program that `assay roms` writes. */
async function engineLayout(
  run: Prepared,
  array: EngineArray,
  tensors: ReadonlyMap<string, Codes>,
): Promise<Pick<GoldenContent, 'lay' | 'boxes'>> {
  const { chooseEngine, chooseNms } = await import('../../pipeline/model/engine-choice.ts')
  const { runHead } = await import('../../golden/head.ts')
  const { emitRoms } = await import('../../rom/emit.ts')
  const { engineActivation } = await import('../../rom/activation-rom.ts')
  const { integer, modelId } = run.prepared
  const engine = chooseEngine(run.options, array)
  const nms = chooseNms(integer, engine)
  const { placements } = emitRoms(integer, engine, modelId, nms)
  return {
    lay: (name, codes) => engineActivation(name, codes, placements.get(name)!, engine),
    boxes: integer.head === null ? null : runHead(integer, tensors, nms).boxes,
  }
}
