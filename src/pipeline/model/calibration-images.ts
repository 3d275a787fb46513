/** This file lists and decodes the images that a model is calibrated on. */
import { decodeImage } from '../../image/decode.ts'
import { type Letterboxed, letterbox } from '../../image/letterbox.ts'
import { spread } from '../../image/list-images.ts'
import { PictureError } from '../../image/picture-error.ts'
import type { ModelOptions } from './options.ts'

/** Calibration images are decoded only when they are needed, so memory does not grow with their number. */
export class CalibrationImages {
  /** Errors of the pictures that `load` could not decode, by index. */
  readonly unreadable = new Map<number, string>()
  readonly #paths: readonly string[]
  readonly #files: readonly Uint8Array[]
  readonly #options: ModelOptions

  constructor(paths: readonly string[], files: readonly Uint8Array[], options: ModelOptions) {
    this.#paths = paths
    this.#files = files
    this.#options = options
  }

  /** Number of files, readable or not. */
  get listed(): number {
    return this.#files.length
  }

  /** @throws PictureError if the picture cannot be decoded. */
  async load(index: number): Promise<Letterboxed> {
    const { width, height } = this.#options
    const name = this.#paths[index]!
    return letterbox(await decodeImage(this.#files[index]!, { name }), { width, height })
  }

  /** Loads an image as `load` does, or notes its error and returns null. @throws PictureError if all are unreadable. */
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

  /** Loads at most `count` readable images, spread over all: see `choose`. */
  async loadSome(count: number): Promise<readonly Letterboxed[]> {
    const images: Letterboxed[] = []
    for (const index of this.choose(count)) images.push(await this.load(index))
    return images
  }

  /** Chooses at most `count` readable images, spread over all, by index. `tryLoad` must have seen each image before. */
  choose(count: number): readonly number[] {
    const readable = this.#files.flatMap((_, index) => (this.unreadable.has(index) ? [] : [index]))
    return spread(readable, count)
  }
}
