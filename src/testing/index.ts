/**
 * What a vitest test of RTL uses, as `assay/vitest`: the matcher `toMatchTensor` (added to `expect` by this import),
 * `simulateTest`, which traces a failing test, and seeded random numbers.
 */
import { extendExpect } from './match-tensor.ts'

export type { ShapedTensor } from './match-tensor.ts'
export { makeRandom, type Random } from './random.ts'
export { runTwice, type SimulateContext, type SimulateTestOptions, simulateTest } from './simulate-test.ts'
export {
  describeDifference,
  type TensorData,
  type TensorDifference,
  type TensorShape,
} from './tensor-difference.ts'

extendExpect()
