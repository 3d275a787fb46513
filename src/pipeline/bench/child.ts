/** This program is a child process with a model of the detector: it runs steps from their golden inputs and compares what they wrote. */
import { packError } from '../../process/packed-error.ts'
import { type ServedDut, serveDut } from '../../simulate/serve-dut.ts'
import { SimulationError } from '../../simulate/simulation-error.ts'
import { readGolden } from './golden-file.ts'
import type { ChildReference, StepReply, StepRequest } from './layer-runner.ts'
import { runStep } from './step.ts'

/** The golden file, which comes after the three streams and the pipe of calls. */
const GOLDEN_FILE = 4

let reference: ChildReference | undefined
/** Whether the model has run a step since it was opened. */
let isUsed = false
/** A model that has failed runs nothing more. */
let hasFailed = false

/** Takes the model to the power-up of a step. @returns false if that takes a process of its own: not all of its state is the model's. */
async function powerUp(model: ServedDut, seed: number | null): Promise<boolean> {
  if (seed !== null && seed !== model.current().seed) {
    if (isUsed && !model.isKept()) return false
    await model.restart({ seed })
  } else if (isUsed) await model.restart()
  isUsed = true
  return true
}

serveDut(async (body, model, note): Promise<StepReply> => {
  if (hasFailed) return { kind: 'skipped' }
  const { pc, seed, places, expectedBoxes, reference: sent } = body as StepRequest
  reference = sent ?? reference
  if (reference === undefined) throw new Error('Expected the first step to come with its model')
  const golden = readGolden(GOLDEN_FILE, places)
  let isPoweredUp = false
  try {
    if (!(await powerUp(model, seed))) return { kind: 'skipped' }
    isPoweredUp = true
    const outcome = await runStep(model.current(), { ...reference, golden, expectedBoxes }, pc, (cycle) =>
      note({ cycle }),
    )
    return { kind: 'ran', outcome, files: await model.current().openedFiles() }
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
