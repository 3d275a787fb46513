/** This program is a child process with a model of the detector: it runs steps from their golden inputs and compares what they wrote. */
import { isDeepStrictEqual } from 'node:util'
import { packError } from '../../process/packed-error.ts'
import type { OpenedFile } from '../../simulate/opened-files.ts'
import { type ServedDut, serveDut } from '../../simulate/serve-dut.ts'
import { SimulationError } from '../../simulate/simulation-error.ts'
import { readGolden, type TensorPlaces } from './golden-file.ts'
import { createKeptSteps } from './kept-steps.ts'
import type { ChildReference, StepReply, StepRequest } from './layer-runner.ts'
import type { Golden, Reference } from './reference.ts'
import { runStep } from './step.ts'

/** The golden file, which comes after the three streams and the pipe of calls. */
const GOLDEN_FILE = 4

let reference: ChildReference | undefined
/** By step. */
const placesOf = new Map<number, TensorPlaces>()
/** Whether the model has run a step since it was opened. */
let isUsed = false
/** A model that has failed runs nothing more. */
let hasFailed = false
const kept = createKeptSteps()
/** What the parent knows of the files that models read. */
let told: readonly OpenedFile[] | undefined

/** Takes the model to the power-up of a step. @returns false if that takes a process of its own: not all of its state is the model's. */
async function powerUp(model: ServedDut, seed: number | null): Promise<boolean> {
  if (seed !== null && seed !== model.current().seed) {
    if (isUsed && !model.isKept()) return false
    await model.restart({ seed })
  } else if (isUsed) await model.restart()
  isUsed = true
  return true
}

/** A step that is again what it was needs none of its golden tensors. */
function withGolden(known: ChildReference, places: TensorPlaces): Reference {
  let golden: Golden | null = null
  return {
    ...known,
    get golden() {
      golden ??= readGolden(GOLDEN_FILE, places)
      return golden
    },
  }
}

serveDut(async (body, model, note): Promise<StepReply> => {
  if (hasFailed) return { kind: 'skipped' }
  const { pc, seed, places: own, reference: sent } = body as StepRequest
  reference = sent ?? reference
  const places = own ?? placesOf.get(pc)
  if (reference === undefined || places === undefined)
    throw new Error('Expected the first step to come with its model, and with where its tensors lie')
  placesOf.set(pc, places)
  let isPoweredUp = false
  try {
    if (!(await powerUp(model, seed))) return { kind: 'skipped' }
    isPoweredUp = true
    const earlier = seed === null ? null : kept
    const onCycle = (cycle: number): void => note({ cycle })
    const outcome = await runStep(model.current(), withGolden(reference, places), pc, earlier, onCycle)
    const files = await model.current().openedFiles()
    if (isDeepStrictEqual(files, told)) return { kind: 'ran', outcome, files: undefined }
    told = files
    return { kind: 'ran', outcome, files }
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error
    hasFailed = true
    const files = await model
      .current()
      .openedFiles()
      .catch(() => null)
    return { kind: 'failed', error: packError(error), files, isPoweredUp }
  }
})
