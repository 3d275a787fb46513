/** The test bench: a model in this process. */
import { readEnvironment } from '../process/environment.ts'
import { buildModel } from './build/build.ts'
import { checkOptions } from './check-options.ts'
import { applyEnvironment } from './environment.ts'
import { openDut } from './open.ts'
import type { Dut, LoosePorts, SimulateOptions } from './types.ts'

/**
 * Builds the model, unless the cache has it, opens it in this process and takes it through reset. One `tick` is: inputs
 * as written, clock low, settle; streams are sampled; clock high, settle. So what a test writes between ticks is there
 * before the next rising edge, and what it reads after a tick is what that edge left.
 *
 * @throws InputError for an option that there is not; ToolError when it does not compile; SimulationError when it fails in its initial blocks or in reset.
 */
export async function simulate<Ports = LoosePorts>(options: SimulateOptions): Promise<Dut<Ports>> {
  checkOptions(options)
  const prepared = applyEnvironment(options, options.environment ?? readEnvironment())
  return openDut<Ports>(await buildModel(prepared), prepared)
}
