/** This program is a child process with a model of the detector: it runs layers from their golden inputs and compares what they wrote. */
import { serveDut } from '../../simulate/serve-dut.ts'
import { readGolden } from './golden-file.ts'
import type { ChildReference, StepRequest } from './layer-child.ts'
import { runStep } from './step.ts'

/** The golden file, which comes after the three streams and the pipe of calls. */
const GOLDEN_FILE = 4

let reference: ChildReference | undefined

serveDut(async (body, dut, note) => {
  const request = body as StepRequest
  reference = request.reference ?? reference
  if (reference === undefined) throw new Error('Expected the first step to come with its model')
  const golden = readGolden(GOLDEN_FILE, request.places)
  const { expectedBoxes } = request
  return runStep(dut, { ...reference, golden, expectedBoxes }, request.pc, (cycle) => note(cycle))
})
