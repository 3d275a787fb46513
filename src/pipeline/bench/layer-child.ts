/** Child processes that run steps: they load, run and compare, so that only results cross the pipe. */
import type { NmsResult } from '../../golden/types.ts'
import { findProgramFile } from '../../process/child-program.ts'
import { ROM_NAMES } from '../../rom/emit.ts'
import { openInProgram } from '../../simulate/remote.ts'
import type { ChildDut, SimulateOptions } from '../../simulate/types.ts'
import type { GoldenFile, TensorPlace } from './golden-file.ts'
import type { Reference } from './reference.ts'
import type { StepOutcome } from './step.ts'

/** What a child knows of a model: everything but its words and weights, which the RTL alone reads. */
export type ChildReference = Pick<Reference, 'graph' | 'roms'>

export interface StepRequest {
  readonly pc: number
  /** Where the tensors lie that the step reads, writes, and may be mistaken for. */
  readonly places: ReadonlyMap<string, TensorPlace>
  readonly expectedBoxes: NmsResult | null
  /** With the first step. */
  readonly reference?: ChildReference
}

export interface LayerChild {
  readonly dut: ChildDut
  /** As `runStep`, in the child. */
  runStep(pc: number): Promise<StepOutcome>
}

export async function openLayerChild(
  simulation: SimulateOptions,
  reference: Reference,
  golden: GoldenFile,
): Promise<LayerChild> {
  const program = { ...findProgramFile(import.meta.url, 'child'), files: [golden.file] }
  const { dut, ask } = await openInProgram({ ...simulation, restartable: true }, program)
  let known: ChildReference | undefined = withoutWords(reference)
  return {
    dut,
    runStep: async (pc) => {
      const { steps } = reference.roms
      const { reads, writes } = steps[pc]!
      const names = [...reads, writes, steps[pc - 1]?.writes ?? null].filter((name) => name !== null)
      const { expectedBoxes } = reference
      const request: StepRequest = { pc, places: golden.place(names), expectedBoxes, reference: known }
      known = undefined
      return (await ask(request)) as StepOutcome
    },
  }
}

function withoutWords({ graph, roms }: ChildReference): ChildReference {
  const words = ROM_NAMES.map((name) => [name, { ...roms[name], bytes: new Uint8Array(0) }])
  const nodes = graph.nodes.map((node) => (node.op === 'conv' ? { ...node, weight: new Int8Array(0) } : node))
  return { graph: { ...graph, nodes }, roms: { ...roms, ...Object.fromEntries(words) } }
}
