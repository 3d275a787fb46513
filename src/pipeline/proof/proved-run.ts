/**
 * This file keeps whole exact runs by content. The bytes of every input, the options and this program decide the key. While nothing
 * changes, the result is read without unpacking the checkpoint. The RTL is found as the build finds it, with the included files and the
 * tools' versions.
 */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import * as v from 'valibot'
import { type Checked, openObject } from '../../input/schema.ts'
import type { Environment } from '../../process/environment.ts'
import { conclude } from '../../result/conclusion.ts'
import { resultSchema, type SimResult } from '../../result/result.ts'
import { findModel } from '../../simulate/build/build.ts'
import { isUnchanged } from '../../simulate/build/dependencies.ts'
import { buildInput } from '../../simulate/build/types.ts'
import { applyEnvironment } from '../../simulate/environment.ts'
import { areAsOpened, openedFile } from '../../simulate/opened-files.ts'
import type { SimulateOptions } from '../../simulate/types.ts'
import {
  dropEvidence,
  type EvidenceStore,
  evidenceKey,
  readEvidence,
  writeEvidence,
} from '../../store/evidence.ts'
import { readInput } from '../../store/files.ts'
import { sha256 } from '../../store/hash.ts'

/** A run as the command line asks for it. */
export interface RunRequest {
  /** Every file that is read besides the RTL. Its content is part of the key. */
  readonly inputs: readonly string[]
  /** RTL files in the order of compilation. */
  readonly sources: readonly string[]
  /** All options that decide the result or where it is written. */
  readonly options: Readonly<Record<string, unknown>>
}

const source = openObject({ top: v.string(), sources: v.array(v.string()) })

/** What is kept of an exact run. */
const PROVED_RUN = openObject({
  result: resultSchema,
  build: v.custom<SimulateOptions>((value) => v.is(source, value)),
  buildKey: v.string(),
  /** What the build read: a result names the RTL as it is written. */
  inputs: v.array(buildInput),
  /** Files that the run wrote. If one is gone or changed, the run is made again and writes it. */
  files: v.array(openObject({ path: v.string(), sha256: v.string() })),
  /** Files that the RTL read by itself. */
  opened: v.array(openedFile),
})
type ProvedRun = Checked<typeof PROVED_RUN>

/** A file that a run wrote, and a place where its content is certainly the run's. */
export interface WrittenFile {
  readonly path: string
  readonly original: string
}

const hashOf = async (path: string): Promise<string | null> =>
  readFile(path).then(
    (bytes) => sha256(bytes),
    () => null,
  )

const hashInput = async (path: string): Promise<string> => sha256(await readInput(path))

/**
 * SHA-256 of everything but the content of the RTL. @throws InputError if an input cannot be read.
 * @param hashOf of a file's bytes: many runs read the same files.
 */
export async function keyRun(
  store: EvidenceStore,
  request: RunRequest,
  environment: Environment,
  hashOf: (path: string) => Promise<string> = hashInput,
): Promise<string> {
  const hashes = await Promise.all(request.inputs.map(hashOf))
  const paths = (files: readonly string[]): readonly string[] => files.map((path) => resolve(path))
  const options = Object.entries(request.options).sort(([a], [b]) => (a < b ? -1 : 1))
  return evidenceKey(store, 'run', [
    paths(request.inputs),
    hashes,
    paths(request.sources),
    options,
    environment,
    process.cwd(),
  ])
}

/** @returns null if something changed or the last run was not exact. */
export async function findProvedRun(
  store: EvidenceStore,
  key: string,
  environment: Environment,
): Promise<SimResult | null> {
  const kept = await readEvidence(store, key, PROVED_RUN)
  if (kept === null) return null
  const { result, build, buildKey, inputs, files, opened } = kept.value
  if (result.verdict !== 'exact') return null
  const [built, ...whole] = await Promise.all([
    findModel(applyEnvironment(build, environment)),
    areAsOpened(opened),
    ...files.map(async ({ path, sha256: expected }) => (await hashOf(path)) === expected),
  ])
  if (built?.meaning !== buildKey || !isUnchanged(inputs, built.inputs) || whole.includes(false)) return null
  const evidence = { key, provedAt: kept.provedAt, before: true }
  const mark = <Part extends SimResult['layers'][number] | NonNullable<SimResult['boxes']>>(
    part: Part,
  ): Part => ({
    ...part,
    evidence: part.evidence === undefined ? evidence : { ...part.evidence, before: true },
  })
  const parts = {
    layers: result.layers.map(mark),
    boxes: result.boxes === null ? null : mark(result.boxes),
  }
  const { stimulus } = result
  const again = stimulus && {
    ...stimulus,
    evidence: stimulus.evidence && { ...stimulus.evidence, before: true },
  }
  return { ...result, ...parts, stimulus: again, ...conclude(parts, 0) }
}

export interface FinishedRun extends Omit<ProvedRun, 'files'> {
  readonly files: readonly WrittenFile[]
}

/**
 * Keeps an exact run, unless another run has already removed one of its files. A red run removes what was kept of the same run
 * before.
 */
export async function keepProvedRun(
  store: EvidenceStore,
  key: string,
  { result, build, buildKey, inputs, files, opened }: FinishedRun,
): Promise<void> {
  if (result.verdict !== 'exact') return dropEvidence(store, key)
  const hashed = await Promise.all(
    files.map(async ({ path, original }) => ({ path: resolve(path), sha256: await hashOf(original) })),
  )
  const known = hashed.flatMap(({ path, sha256 }) => (sha256 === null ? [] : [{ path, sha256 }]))
  if (known.length < files.length) return
  const { origin: _origin, ...run } = result.run
  const value: ProvedRun = {
    result: { ...result, run },
    build: plainBuild(build),
    buildKey,
    inputs,
    files: known,
    opened,
  }
  await writeEvidence(store, key, { provedAt: result.run.startedAt, value })
}

/** Leaves the options that decide the build: ROM paths are decided at run time, and the environment is part of the key. */
function plainBuild(build: SimulateOptions): SimulateOptions {
  const { plusargs: _plusargs, fresh: _fresh, environment: _environment, ...rest } = build
  return rest
}
