/** Reads the dump of a tensor, in whatever format it is. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { readCsv } from '../../dump/csv.ts'
import { readNpyDump } from '../../dump/npy.ts'
import { isHexText, readDecimalText, readHexText } from '../../dump/text.ts'
import type { DumpContent, StatedLayout } from '../../dump/types.ts'
import { readVcd } from '../../dump/vcd.ts'
import type { Probe } from '../../dump/vcd-probe.ts'
import type { Shape } from '../../graph/types.ts'
import { giveWay } from '../../input/give-way.ts'
import { InputError } from '../../input/input-error.ts'
import { checkFiles } from '../../input/read-file.ts'
import { ToolError } from '../../input/tool-error.ts'
import { findProgram } from '../../process/find-program.ts'
import { runTool } from '../../process/run-tool.ts'
import { inTemporaryFolder } from '../../store/files.ts'
import { type DumpHashes, readDump, type Source } from './sources.ts'

/** What was read, and what the file itself states of it. */
export interface ReadDump {
  readonly content: DumpContent
  readonly stated: StatedLayout
}

/** Samples every waveform once, for all tensors in it. */
export async function readWaveforms(
  sources: readonly Source[],
  hashes: DumpHashes,
): Promise<ReadonlyMap<Source, DumpContent>> {
  const contents = new Map<Source, DumpContent>()
  const waveforms = sources.filter(isWaveform)
  for (const path of new Set(waveforms.map((source) => source.path))) {
    const own = waveforms.filter((source) => source.path === path)
    checkFiles([path], 'Check the path.')
    const reader = readVcd(own.map(toProbe), path)
    if (own[0]!.format === 'vcd') hashes.set(path, await readChunks(path, reader.push))
    else
      await inTemporaryFolder('assay-fst-', async (folder) => {
        hashes.set(path, await readChunks(path))
        await readChunks(await convertFst(path, folder), reader.push)
      })
    for (const [index, sampler] of reader.finish().entries()) contents.set(own[index]!, sampler.content())
  }
  return contents
}

/** @returns the path of the same waveform as VCD. @throws ToolError without the program that converts it */
async function convertFst(path: string, folder: string): Promise<string> {
  if (findProgram('fst2vcd') === null)
    throw new ToolError(
      `${path}: an FST file is read by the program fst2vcd, and there is none. Install GTKWave (Debian: apt install gtkwave), or convert the file to VCD where there is one.`,
      { tool: 'fst2vcd' },
    )
  const vcd = join(folder, 'dump.vcd')
  await runTool('fst2vcd', ['-f', path, '-o', vcd])
  return vcd
}

/** @returns the SHA-256 of the file */
async function readChunks(path: string, onChunk: (chunk: Uint8Array) => void = () => {}): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    hash.update(chunk as Uint8Array)
    onChunk(chunk as Uint8Array)
    await giveWay()
  }
  return hash.digest('hex')
}

const isWaveform = ({ format }: Source): boolean => format === 'vcd' || format === 'fst'

function toProbe({ signals, path, tensor }: Source): Probe {
  const { clock, data } = signals
  if (clock !== undefined && data !== undefined) return { ...signals, clock, data }
  throw new InputError(
    `${clock === undefined ? 'clock' : 'data'}: no signal is named for ${tensor}`,
    path,
    'Name them with --clock, --data and --valid, or in dump.json.',
  )
}

/** All but waveforms. @throws InputError naming the file and what is wrong in it. */
export async function readSource(source: Source, shape: Shape, hashes: DumpHashes): Promise<ReadDump> {
  const { path, member, format, stated, signals } = source
  const where = member === undefined ? path : `${path}:${member.name}`
  const bytes = member === undefined ? await readDump(path, hashes) : member.archive.read(member.name)!
  switch (format) {
    case 'npy':
      return readNpyDump(bytes, shape, stated, where)
    case 'bin':
      return { content: { kind: 'bytes', bytes }, stated }
    case 'csv':
      return { content: readCsv(bytes, signals, where), stated }
    case 'dec':
      return { content: readDecimalText(bytes, where), stated }
    case 'txt':
      return {
        content: isHexText(bytes) ? readHexText(bytes, where) : readDecimalText(bytes, where),
        stated,
      }
    default:
      return { content: readHexText(bytes, where), stated }
  }
}
