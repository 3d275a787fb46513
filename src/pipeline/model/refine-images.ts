/** This file collects what refinement needs of the calibration images while calibration runs the float network on them. */
import type { FloatGraph } from '../../graph/types.ts'
import type { Letterboxed } from '../../image/letterbox.ts'
import { toNchwFloat } from '../../image/planes.ts'
import type { CalibrationImage } from '../../quantise/calibrate.ts'
import { inOrder, type SampleSource } from '../../quantise/float-samples.ts'
import { RefineTargets } from '../../quantise/refine-targets.ts'
import { refineEffort } from '../../quantise/techniques.ts'
import type { CalibrationImages } from './calibration-images.ts'
import type { ModelOptions } from './options.ts'

/** Every run uses this seed, so the same inputs give the same model. */
const SEED = 1

/** What refinement takes of its images. */
export interface Refinable {
  readonly targets: RefineTargets
  readonly images: readonly Letterboxed[]
}

export class RefineImages {
  readonly #graph: FloatGraph
  readonly #images: CalibrationImages
  readonly #options: ModelOptions
  /** Indices of the images that refinement looks at, as long as all images are readable. */
  readonly #planned: readonly number[]
  readonly #targets: RefineTargets
  readonly #fitted: Letterboxed[] = []

  constructor(graph: FloatGraph, images: CalibrationImages, options: ModelOptions) {
    this.#graph = graph
    this.#images = images
    this.#options = options
    this.#planned = this.#choose()
    this.#targets = this.#draw(this.#planned)
  }

  /** What is wanted of the run on an image; undefined if nothing is. */
  want(index: number, image: Letterboxed): Omit<CalibrationImage, 'real'> | undefined {
    const at = this.#planned.indexOf(index)
    if (at === -1) return undefined
    this.#fitted[at] = image
    return {
      wanted: this.#targets.wantedOf(at),
      onSamples: (samples) => this.#targets.collect(at, samples),
    }
  }

  /** Runs the images that have taken the place of unreadable ones. */
  async finish(source: SampleSource): Promise<Refinable> {
    const chosen = this.#choose()
    if (this.#images.unreadable.size === 0) return { targets: this.#targets, images: this.#fitted }
    const targets = this.#draw(chosen)
    const images: Letterboxed[] = []
    const run = async (index: number, at: number) => {
      const image = await this.#images.load(index)
      images[at] = image
      return await source.sample(toNchwFloat(image), targets.wantedOf(at))
    }
    let at = 0
    for await (const samples of inOrder(chosen, source.atOnce, run)) targets.collect(at++, samples)
    return { targets, images }
  }

  #choose(): readonly number[] {
    return this.#images.choose(refineEffort(this.#options.effort).images)
  }

  #draw(chosen: readonly number[]): RefineTargets {
    const { samples } = refineEffort(this.#options.effort)
    return new RefineTargets(this.#graph, chosen.length, { scope: this.#options.scope, samples, seed: SEED })
  }
}
