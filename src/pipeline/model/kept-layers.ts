/** This file keeps refined layers until the whole model is finished, because `--effort best` takes minutes and may be interrupted. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readSafetensors, writeSafetensors } from '../../artefacts/safetensors.ts'
import { ArtefactError, type Tensor } from '../../artefacts/tensor.ts'
import { InputError } from '../../input/input-error.ts'
import type { ChosenLayer, LayerChoice } from '../../quantise/choose-layer.ts'
import type { LayerStore } from '../../quantise/refine.ts'
import { readCached, writeCached } from '../../store/files.ts'
import { sha256 } from '../../store/hash.ts'

export interface KeptLayers extends LayerStore {
  /** Removes the kept layers when the model is finished. */
  remove(): Promise<void>
}

const DIGEST_BYTES = 32

/**
 * @param folder named for the key of the whole model, because a layer depends on all layers before it.
 * @param use false: no kept layer is read.
 */
export function openKeptLayers(folder: string, use: boolean): KeptLayers {
  const path = (layer: string): string => join(folder, `${sha256(layer)}.layer`)
  // A layer depends on those before it, so none after the first missing one counts.
  let whole = use
  let found = 0
  return {
    get found() {
      return found
    },
    async read(layer) {
      const file = whole ? await readCached(path(layer)) : null
      const chosen = file === null ? null : unpackLayer(file)
      whole = chosen !== null
      if (whole) found++
      return chosen
    },
    write: (layer, chosen) => writeCached(path(layer), packLayer(chosen)),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Packs a layer: the SHA-256 of the rest, then the arrays and the choice as safetensors. */
export function packLayer({ refined: { weights, bias }, choice }: ChosenLayer): Uint8Array {
  const tensors = new Map<string, Tensor>()
  const add = (name: string, data: Tensor['data'] | undefined): void => {
    if (data !== undefined) tensors.set(name, { shape: [data.length], data })
  }
  add('codes', weights?.codes)
  add('scale', weights?.scale)
  add('bias', bias)
  if (choice !== null) {
    const { ridge, damping, nearest, chosen } = choice
    add('choice', Float64Array.of(ridge ?? Number.NaN, damping ?? Number.NaN, nearest, chosen))
  }
  const body = writeSafetensors({ tensors, metadata: new Map() })
  return Buffer.concat([Buffer.from(sha256(body), 'hex'), body])
}

function readTensors(body: Uint8Array): ReadonlyMap<string, Tensor> | null {
  try {
    return readSafetensors(body).tensors
  } catch (error) {
    if (error instanceof ArtefactError || error instanceof InputError) return null
    throw error
  }
}

/** Unpacks a layer. A damaged layer gives null and is refined again. */
export function unpackLayer(file: Uint8Array): ChosenLayer | null {
  const body = file.slice(DIGEST_BYTES)
  if (Buffer.from(file.subarray(0, DIGEST_BYTES)).toString('hex') !== sha256(body)) return null
  const tensors = readTensors(body)
  if (tensors === null) return null
  const codes = tensors.get('codes')?.data
  const scale = tensors.get('scale')?.data
  const bias = tensors.get('bias')?.data
  const choice = tensors.get('choice')?.data
  const hasCodes = codes instanceof Int8Array || codes instanceof Int16Array
  return {
    refined: {
      ...(hasCodes && scale instanceof Float64Array ? { weights: { codes, scale } } : {}),
      ...(bias instanceof Float64Array ? { bias } : {}),
    },
    choice: choice instanceof Float64Array && choice.length === 4 ? unpackChoice(choice) : null,
  }
}

function unpackChoice([ridge, damping, nearest, chosen]: Float64Array): LayerChoice {
  const share = (value: number): number | null => (Number.isNaN(value) ? null : value)
  return { ridge: share(ridge!), damping: share(damping!), nearest: nearest!, chosen: chosen! }
}
