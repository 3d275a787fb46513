/** `assay roms --module`: the memories of the user's module, their addresses and its program. */

import { basename } from 'node:path'
import type { Progress } from '../../../pipeline/files/progress.ts'
import type { MemorySet } from '../../../pipeline/own-rtl/memory-files.ts'
import { defaultCacheFolder, readEnvironment } from '../../../process/environment.ts'
import { chooseLayers } from '../../model/layers.ts'
import { prepareFromArguments } from '../../model/prepare.ts'
import { moduleFolder } from '../../model/run-folder.ts'
import type { RomArguments } from './options.ts'

export async function writeModule(
  args: RomArguments,
  path: string,
  progress: Progress,
): Promise<readonly MemorySet[]> {
  const { loadConfig } = await import('../../../pipeline/own-rtl/config.ts')
  const { writeMemoryFiles } = await import('../../../pipeline/own-rtl/memory-files.ts')
  // A configuration that is wrong is refused before the long part.
  const loaded = await loadConfig(path)
  const { layers, mode, wordBits } = args
  const { prepared, inputs, folder } = await prepareFromArguments(args, progress, { layers, image: true })
  const options = {
    loaded,
    mode,
    folder: moduleFolder(folder, path),
    model: { name: basename(inputs.model), hash: prepared.hash, graph: prepared.integer },
    input: { imagePath: inputs.image },
    cacheDir: defaultCacheFolder(args.out),
    environment: readEnvironment(),
    choose: (names: readonly string[]) => chooseLayers(names, layers),
  }
  return writeMemoryFiles(options, Number(wordBits), progress)
}

export async function renderSets(sets: readonly MemorySet[]): Promise<string> {
  const { formatCount, renderTable } = await import('../../../report/table.ts')
  const rows = sets.flatMap(({ folder, map }) => map.memories.map((memory) => ({ folder, map, memory })))
  const [first] = sets
  return [
    ...renderTable(
      [
        { title: 'layers', align: 'left', value: ({ map: { layers } }) => nameLayers(layers) },
        { title: 'memory', align: 'left', value: ({ memory }) => memory.bus },
        { title: 'base', align: 'right', value: ({ memory }) => `0x${memory.base.toString(16)}` },
        { title: 'bytes', align: 'right', value: ({ memory }) => formatCount(memory.bytes) },
        { title: 'regions', align: 'right', value: ({ map: { regions } }) => formatCount(regions.length) },
        { title: 'steps', align: 'right', value: ({ map: { program } }) => formatCount(program.length) },
      ],
      rows,
    ),
    '',
    `Memories in ${sets.length === 1 ? first!.folder : `${sets.length} folders beside ${first!.folder}`}`,
    'memory.json, a C header and a SystemVerilog package have the addresses and',
    'the program.',
    "Copy a board's memory to readback/ as it is called there, and",
    '`assay compare --dump` of that folder diffs every output.',
  ].join('\n')
}

const nameLayers = (layers: readonly string[]): string =>
  layers.length === 1 ? layers[0]! : `${layers[0]} and ${layers.length - 1} more`
