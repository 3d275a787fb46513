/**
 * What the package gives to programs: the test bench (`simulate` and what belongs to it), and the type of `assay.config.ts`.
 *
 * ```ts
 * import { defineConfig, simulate } from 'assay'
 * ```
 */

export type { TypeScriptProfile } from './arithmetic/define-profile.ts'
export { defineProfile } from './arithmetic/define-profile.ts'
export type {
  DataRegion,
  PlacedLayer,
  PlacedRange,
  ProgramStep,
  RegionBinding,
} from './operator/memory-types.ts'
export type { OperatorConfig } from './operator/operator-config.ts'
export { defineConfig } from './operator/operator-config.ts'
export type { ProbeBeat, ProbeBench } from './operator/probe-types.ts'
export { defineProbe } from './operator/probe-types.ts'
export type {
  LayerInfo,
  LayerValue,
  Layout,
  MemoryBinding,
  OperatorName,
  StreamBinding,
  TensorName,
} from './operator/types.ts'
export * from './simulate/index.ts'
