import { decodeImage } from '../../image/decode.ts'
import { type Letterboxed, letterbox } from '../../image/letterbox.ts'
import { spread } from '../../image/list-images.ts'
import { PictureError } from '../../image/picture-error.ts'
import type { ModelOptions } from './options.ts'

/** Calibration images, decoded when they are asked for: memory does not grow with their number. */
export class CalibrationImages {
  /** Sentences on the pictures that `load` could not decode, by index. */
  readonly unreadable = new Map<number, string>()
  readonly #paths: readonly string[]
  readonly #files: readonly Uint8Array[]
  readonly #options: ModelOptions

  constructor(paths: readonly string[], files: readonly Uint8Array[], options: ModelOptions) {
    this.#paths = paths
    this.#files = files
    this.#options = options
  }

  /** Files, readable or not. */
  get listed(): number {
    return this.#files.length
  }

  /** @throws PictureError where the picture cannot be decoded. */
  async load(index: number): Promise<Letterboxed> {
    const { width, height } = this.#options
    const name = this.#paths[index]!
    return letterbox(await decodeImage(this.#files[index]!, { name }), { width, height })
  }

  /** The same, or null and a note. @throws PictureError where all are unreadable. */
  async tryLoad(index: number): Promise<Letterboxed | null> {
    try {
      return await this.load(index)
    } catch (error) {
      if (!(error instanceof PictureError)) throw error
      this.unreadable.set(index, error.message)
      if (this.unreadable.size === this.listed) throw error
      return null
    }
  }

  /** Indices of at most `count` readable images, spread over all; to be asked after `tryLoad` has seen each. */
  choose(count: number): readonly number[] {
    const readable = this.#files.flatMap((_, index) => (this.unreadable.has(index) ? [] : [index]))
    return spread(readable, count)
  }
}
