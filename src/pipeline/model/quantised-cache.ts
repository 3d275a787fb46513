/** This cache keeps quantised models by content, each with its report and the checksums of both, so that a damaged one is made again. */
import { join } from 'node:path'
import type { IntegerGraph } from '../../golden/types.ts'
import { InputError } from '../../input/input-error.ts'
import { checkJson } from '../../input/schema.ts'
import { modelIdOf, readIntegerGraph, writeIntegerGraph } from '../../quantise/integer-file.ts'
import { readCached, writeCached } from '../../store/files.ts'
import { sha256 } from '../../store/hash.ts'
import type { Progress } from '../files/progress.ts'
import { type QuantisationReport, type QuantisedModel, quantisationReport } from './quantise-model.ts'

export interface KeptModel {
  readonly integer: IntegerGraph
  readonly report: QuantisationReport
  readonly modelId: number
  /** SHA-256 of the integer graph's file. */
  readonly hash: string
}

interface Paths {
  readonly graph: string
  readonly report: string
  /** File of checksums, in the form of `sha256sum`. */
  readonly sums: string
}

const pathsOf = (folder: string, key: string): Paths => ({
  graph: join(folder, `${key}.assay`),
  report: join(folder, `${key}.json`),
  sums: join(folder, `${key}.sha256`),
})

const sumsOf = (key: string, graph: Uint8Array, report: Uint8Array): string =>
  `${sha256(graph)}  ${key}.assay\n${sha256(report)}  ${key}.json\n`

/** Finds a kept model. Returns null if there is none, and null with a warning if it is damaged. */
export async function findQuantised(
  folder: string,
  key: string,
  progress: Progress,
): Promise<KeptModel | null> {
  const paths = pathsOf(folder, key)
  const [sums, graph, report] = await Promise.all([paths.sums, paths.graph, paths.report].map(readCached))
  // The sums are written last, so without them the entry is incomplete.
  if (sums == null) return null
  try {
    if (graph == null || report == null) throw new InputError('a part of it is missing', paths.graph)
    if (Buffer.from(sums).toString('utf8') !== sumsOf(key, graph, report))
      throw new InputError('it is not what was written', paths.graph)
    const integer = readIntegerGraph(graph, paths.graph)
    const kept = checkJson(quantisationReport, new TextDecoder().decode(report), paths.report)
    return { integer, report: kept, modelId: modelIdOf(graph), hash: sha256(graph) }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    progress.warn(`the kept quantised model is damaged and is made again: ${error.message}`)
    return null
  }
}

export async function keepQuantised(
  folder: string,
  key: string,
  { integer, report }: QuantisedModel,
): Promise<KeptModel> {
  const paths = pathsOf(folder, key)
  const graph = writeIntegerGraph(integer)
  const text = new TextEncoder().encode(JSON.stringify(report))
  await writeCached(paths.report, text)
  await writeCached(paths.graph, graph)
  await writeCached(paths.sums, sumsOf(key, graph, text))
  return { integer, report, modelId: modelIdOf(graph), hash: sha256(graph) }
}
