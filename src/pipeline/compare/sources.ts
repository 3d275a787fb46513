/** Which tensor lies in which file of a dump, and what is stated of it. */
import { readdir, stat } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { openZip, type ZipArchive } from '../../checkpoint/zip.ts'
import type { Signals } from '../../dump/csv.ts'
import type { DumpFormat, StatedLayout } from '../../dump/types.ts'
import { InputError } from '../../input/input-error.ts'
import { pathName } from '../../input/path-name.ts'
import { checkFile, readWholeText } from '../../input/read-file.ts'
import { checkJson } from '../../input/schema.ts'
import { suggest } from '../../input/suggest.ts'
import { explainSystemError } from '../../input/system-error.ts'
import { readInput } from '../../store/files.ts'
import { sha256 } from '../../store/hash.ts'
import { type DumpEntry, type DumpJson, dumpSchema } from './dump-json.ts'

/** SHA-256 of every file that was read. */
export type DumpHashes = Map<string, string>

/** What is stated of a dump. */
export type Statement = Omit<DumpEntry, 'file'>

/** `txt`: hexadecimal or decimal text, as its words show. */
type FileFormat = Exclude<DumpFormat, 'npz'> | 'txt'

export interface Source {
  readonly tensor: string
  readonly path: string
  /** Of an archive. */
  readonly member?: { readonly name: string; readonly archive: ZipArchive }
  readonly format: FileFormat
  readonly stated: StatedLayout
  readonly signals: Signals
}

const FORMATS: Readonly<Record<string, FileFormat | 'npz'>> = {
  ...{ '.npy': 'npy', '.npz': 'npz', '.bin': 'bin', '.raw': 'bin', '.mem': 'hex', '.hex': 'hex' },
  ...{ '.txt': 'txt', '.dec': 'dec', '.csv': 'csv', '.vcd': 'vcd', '.fst': 'fst' },
}
const DUMP_JSON = 'dump.json'
/** Of a file that is read whole. */
const MOST_FILE_BYTES = 2 ** 30
const MOST_DEFLATED = 1032
const ADVICE = 'Give a file, or a folder with a file for each tensor, such as model.0.npy.'

interface Place {
  readonly path: string
  readonly tensor: string | null
}

/**
 * Lists the dumps of a file or folder in the order of the network.
 *
 * @param names the tensors of the network
 * @param own what the command line states, which counts before `dump.json`
 * @param single the tensor of a file that is called otherwise
 * @throws InputError for a file of no tensor, and for two files of one
 */
export async function listSources(
  dump: string,
  names: readonly string[],
  own: Statement,
  single: string | null,
  hashes: DumpHashes,
): Promise<readonly Source[]> {
  const info = await stat(dump).catch((error: unknown) => explainSystemError(error, dump, ADVICE))
  const isFolder = info.isDirectory()
  const json = isFolder ? await readDumpJson(dump, names) : null
  const places = isFolder ? await listFolder(dump, json, own.format) : [{ path: dump, tensor: single }]
  const { tensors = {}, $schema: _, ...common } = json ?? {}
  const found = new Map<string, Source>()
  for (const place of places)
    for (const source of await openPlace(
      place,
      names,
      (tensor) => ({
        ...common,
        ...withoutFile(tensors[tensor]),
        ...own,
      }),
      hashes,
    )) {
      const other = found.get(source.tensor)
      if (other !== undefined)
        throw new InputError(
          `${basename(other.path)} and ${basename(source.path)} both hold ${source.tensor}`,
          dump,
          'Choose one kind with --format, or name the files in dump.json.',
        )
      found.set(source.tensor, source)
    }
  const kind = own.format === undefined ? '' : ` of format ${own.format}`
  if (found.size === 0) throw new InputError(`holds no dump${kind} of a tensor`, dump, ADVICE)
  return names.flatMap((name) => found.get(name) ?? [])
}

const withoutFile = ({ file: _, ...rest }: DumpEntry = {}): Statement => rest

async function readDumpJson(folder: string, names: readonly string[]): Promise<DumpJson | null> {
  const path = join(folder, DUMP_JSON)
  if (!(await readdir(folder)).includes(DUMP_JSON)) return null
  const json = checkJson(dumpSchema, await readWholeText(path, 'Check the path.', 2 ** 24), path)
  for (const name of Object.keys(json.tensors ?? {}))
    if (!names.includes(name))
      throw new InputError(`tensors: the network has no tensor ${name}`, path, suggest(name, names))
  return json
}

/** The files that `dump.json` names, otherwise all of a known ending. */
async function listFolder(
  folder: string,
  json: DumpJson | null,
  format: DumpFormat | undefined,
): Promise<readonly Place[]> {
  const named = Object.entries(json?.tensors ?? {}).flatMap(([tensor, { file }]) =>
    file === undefined ? [] : [{ tensor, path: join(folder, pathName(file, join(folder, DUMP_JSON))) }],
  )
  if (named.length > 0) return named
  const files = (await readdir(folder)).sort().filter((name) => {
    const known = FORMATS[extname(name).toLowerCase()]
    return (
      known !== undefined && (format === undefined || known === format || (known === 'txt' && isText(format)))
    )
  })
  return files.map((name) => ({ path: join(folder, pathName(name, folder)), tensor: null }))
}

const isText = (format: DumpFormat): boolean => format === 'hex' || format === 'dec'

async function openPlace(
  { path, tensor }: Place,
  names: readonly string[],
  statementOf: (tensor: string) => Statement,
  hashes: DumpHashes,
): Promise<readonly Source[]> {
  const ending = FORMATS[extname(path).toLowerCase()]
  if ((statementOf('').format ?? ending) === 'npz') return openNpz(path, tensor, names, statementOf, hashes)
  const stem = basename(path, extname(path))
  const name = tensor ?? (names.includes(stem) ? stem : refuseName(stem, path, names))
  return [toSource(name, path, statementOf(name), ending)]
}

function refuseName(name: string, path: string, names: readonly string[]): never {
  throw new InputError(
    `${name} is no tensor of the network`,
    path,
    suggest(name, names) ||
      `Name it for one, such as ${names[1] ?? names[0]}; of a single file --tensor says which; in a folder, dump.json.`,
  )
}

function toSource(
  tensor: string,
  path: string,
  { format, clock, data, valid, ready, ...stated }: Statement,
  ending: FileFormat | 'npz' | undefined,
): Source {
  const chosen = format ?? ending
  if (chosen === undefined || chosen === 'npz')
    throw new InputError(
      `the ending ${extname(path) || 'of the name'} says no format`,
      path,
      `Give --format; known are ${Object.keys(FORMATS).join(' ')}.`,
    )
  return { tensor, path, format: chosen, stated, signals: { clock, data, valid, ready } }
}

/** The arrays of an archive, each called as its tensor; one alone goes by the name of the file, too. */
async function openNpz(
  path: string,
  tensor: string | null,
  names: readonly string[],
  statementOf: (tensor: string) => Statement,
  hashes: DumpHashes,
): Promise<readonly Source[]> {
  const bytes = await readDump(path, hashes)
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b)
    throw new InputError('is no zip archive, expected one of numpy.savez', path)
  // An array of equal codes shrinks as far as it can.
  const archive = await openZip(bytes, path, MOST_DEFLATED)
  const stem = basename(path, extname(path))
  return archive.names.map((member) => {
    const own = member.replace(/\.npy$/, '')
    const alone = archive.names.length === 1 ? (tensor ?? (names.includes(stem) ? stem : null)) : null
    const name = names.includes(own) ? own : (alone ?? refuseName(own, `${path}:${member}`, names))
    const source = toSource(name, path, { ...statementOf(name), format: 'npy' }, 'npy')
    return { ...source, member: { name: member, archive } }
  })
}

/** @throws InputError for a file that is too large before a byte of it is read. */
export async function readDump(path: string, hashes: DumpHashes): Promise<Uint8Array> {
  checkFile(
    await stat(path).catch((error: unknown) => explainSystemError(error, path, ADVICE)),
    path,
    MOST_FILE_BYTES,
  )
  const bytes = await readInput(path, ADVICE)
  hashes.set(path, sha256(bytes))
  return bytes
}
