/** `assay roms`: weights, parameters, tables and program as ROM files for Verilog. */
import { basename, join } from 'node:path'
import type { Progress } from '../../../pipeline/files/progress.ts'
import type { RomExports } from '../../../pipeline/roms/exports.ts'
import type { RomManifest } from '../../../pipeline/roms/files.ts'
import type { RomFormatId } from '../../../rom/formats/formats.ts'
import { type Prepared, prepareFromArguments } from '../../model/prepare.ts'
import { chooseQuantisation } from '../../model/quantisation.ts'
import { defineCommand } from '../../options/define-command.ts'
import { MODEL_GROUPS } from '../../options/shared.ts'
import { printResult, progressFor } from '../../terminal/print.ts'
import { OPTIONS, ROM_OPTIONS, type RomArguments } from './options.ts'

/** What `--json` prints. */
interface Written {
  readonly folder: string
  /** The engine's own `.mem` files; null in the plain layout. */
  readonly engine: RomManifest | null
  /** The package of parameters that fit these files, and the top module with them; none in the plain layout. */
  readonly top: readonly string[]
  /** Files of the formats asked for; null if `.mem` of the engine layout was all. */
  readonly exports: RomExports | null
  readonly program: readonly string[] | null
}

export const romsCommand = defineCommand<RomArguments>({
  name: 'roms',
  options: OPTIONS,
  groups: { ...MODEL_GROUPS, 'ROMs:': Object.keys(ROM_OPTIONS) },
  check: chooseQuantisation,
  handler: async (args, { env }) => {
    const progress = progressFor(args, env)
    if (args.module !== undefined) {
      const { renderSets, writeModule } = await import('./module.ts')
      const sets = await writeModule(args, args.module, progress)
      const text = await renderSets(sets)
      return printResult(args, { sets }, () => text)
    }
    const isPlain = args.layout === 'plain'
    const prepared = await prepareFromArguments(args, progress, { array: isPlain ? undefined : args.array })
    const written = await (isPlain
      ? writePlain(prepared, args.format, progress)
      : writeEngine(prepared, args, progress))
    const text = await renderWritten(written)
    printResult(args, written, () => text)
  },
})

async function writePlain(
  run: Prepared,
  formats: readonly RomFormatId[],
  progress: Progress,
): Promise<Written> {
  const { emitPlainRoms } = await import('../../../rom/plain.ts')
  const { writePlainRoms } = await import('../../../pipeline/roms/exports.ts')
  const { recordRun } = await import('../../../pipeline/model/run-record.ts')
  const folder = join(run.folder, 'roms', 'plain')
  const record = await recordRun('roms', run.model, run.prepared, run.options)
  const roms = emitPlainRoms(run.prepared.integer)
  const exports = await writePlainRoms(folder, { roms, formats, record }, progress)
  return { folder, engine: null, top: [], exports, program: null }
}

async function writeEngine(
  run: Prepared,
  { array, format: formats, disassemble }: RomArguments,
  progress: Progress,
): Promise<Written> {
  const { chooseEngine, chooseNms } = await import('../../../pipeline/model/engine-choice.ts')
  const { emitRoms } = await import('../../../rom/emit.ts')
  const { listProgram } = await import('../../../pipeline/roms/files.ts')
  const { writeRoms } = await import('../../../pipeline/roms/write.ts')
  const { describeScheme } = await import('../../../quantise/scheme.ts')
  const { recordRun } = await import('../../../pipeline/model/run-record.ts')
  const { integer, modelId } = run.prepared
  const engine = chooseEngine(run.options, array)
  const roms = emitRoms(integer, engine, modelId, chooseNms(integer, engine))
  const folder = join(run.folder, 'roms')
  // The .mem files are the ones that the simulation reads, written in any case.
  const others = formats.filter((format) => format !== 'readmemh')
  const record = await recordRun('roms', run.model, run.prepared, run.options)
  const more = { scheme: describeScheme(run.options), formats: others, record }
  const { manifest, top, exports } = await writeRoms(folder, roms, basename(run.inputs.model), more, progress)
  return { folder, engine: manifest, top, exports, program: disassemble ? listProgram(roms) : null }
}

async function renderWritten({ folder, engine, top, exports, program }: Written): Promise<string> {
  const { formatCount, renderTable, wrap } = await import('../../../report/table.ts')
  const lines: string[] = []
  if (program !== null) lines.push(...program, '')
  if (engine !== null)
    lines.push(
      ...renderTable(
        [
          { title: 'file', align: 'left', value: ({ file }) => file },
          { title: 'words', align: 'right', value: ({ words }) => formatCount(words) },
          { title: 'bits', align: 'right', value: ({ width }) => formatCount(width) },
        ],
        Object.values(engine.files),
      ),
      '',
    )
  if (exports !== null) {
    const formats = [...new Set(exports.files.map(({ format }) => format))]
    const rows = formats.map((format) => {
      const own = exports.files.filter((file) => file.format === format)
      return { format, files: own.length, bytes: own.reduce((sum, { bytes }) => sum + bytes, 0) }
    })
    lines.push(
      ...renderTable(
        [
          { title: 'format', align: 'left', value: ({ format }) => format },
          { title: 'files', align: 'right', value: ({ files }) => formatCount(files) },
          { title: 'bytes', align: 'right', value: ({ bytes }) => formatCount(bytes) },
        ],
        rows,
      ),
      '',
      `${exports.layout}.json lists every file with its words and bits.`,
    )
  }
  const id = engine?.modelId ?? exports?.model.id ?? ''
  lines.push(`ROMs of model ${id} in ${folder}`)
  if (engine !== null)
    lines.push(
      ...wrap(describePeak(engine, formatCount)),
      'program.txt has the program in words, manifest.json the order of the lanes.',
      ...wrap(`${top.join(', ')} have the parameters that fit.`),
      ...(engine.levels === 0 ? wrap(NO_BOXES) : []),
    )
  return lines.join('\n')
}

const NO_BOXES =
  'There are no boxes: the program ends before the last convolutions of the head, because --scope no-last leaves them in float.'

/** What the feature maps take at the worst moment: each lives until its last reader has run. */
function describePeak({ engine, featureRows }: RomManifest, formatCount: (value: number) => string): string {
  const banks = 2 * engine.pixels
  const width = engine.inputLanes * engine.activationBits
  const bytes = (featureRows * banks * width) / 8
  return `Feature memory at its peak: ${formatCount(featureRows)} rows of ${banks} banks of ${width} bits, ${formatCount(bytes)} bytes`
}
