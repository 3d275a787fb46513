/** What `assay.config.ts` holds: a module that takes the place of an operator, the layers that it claims, and how its ports map to their tensors. */
import type { SimulateOptions, Stalls } from '../simulate/index.ts'
import type {
  DataRegion,
  OperatorBus,
  OutputRegion,
  PlacedLayer,
  ProgramStep,
  RegionBinding,
} from './memory-types.ts'
import type { LayerInfo, LayerValue, MemoryBinding, SentTensor, StreamBinding } from './types.ts'

export interface OperatorConfig {
  readonly top: string
  /** Relative to the configuration file, packages first. */
  readonly sources: readonly string[]
  readonly includeDirs?: readonly string[]
  readonly defines?: Readonly<Record<string, string>>
  /** As for `simulate`; paths in flags are relative to the working directory. */
  readonly language?: SimulateOptions['language']
  readonly timing?: SimulateOptions['timing']
  readonly verilatorFlags?: readonly string[]
  readonly cFlags?: readonly string[]
  readonly ldFlags?: readonly string[]
  readonly warnings?: SimulateOptions['warnings']
  /** The layers it claims: properties that must be equal, or a function. */
  readonly layers: Partial<Omit<LayerInfo, 'node' | 'inputs' | 'profile'>> | ((layer: LayerInfo) => boolean)
  /** Each combination that occurs is one build. */
  readonly parameters?: Readonly<Record<string, LayerValue>>
  /** Inputs that are set after reset and then held. */
  readonly ports?: Readonly<Record<string, LayerValue>>
  readonly memories?: readonly MemoryBinding[]
  /** Sent one after the other, each to its last beat, before `start` and `inputs`. */
  readonly load?: readonly StreamBinding<SentTensor>[]
  /** A port that is 1 for one cycle when all is loaded. */
  readonly start?: string
  /** A port that is 1 once the last word of the output has left, and not before. */
  readonly done?: string
  /** Sent side by side while the output is received. */
  readonly inputs: readonly StreamBinding<SentTensor>[]
  readonly output: StreamBinding<'output'> | OutputRegion
  /** Memories and registers behind AXI, APB and Wishbone, by a name. */
  readonly buses?: Readonly<Record<string, OperatorBus>>
  /** Tensors that the module fetches from a memory of `buses`. */
  readonly regions?: readonly (RegionBinding<SentTensor> | DataRegion)[]
  /** Registers that are written and polled, in order, once all is laid out; the output is read when it is done. */
  readonly program?: readonly ProgramStep[] | ((run: readonly PlacedLayer[]) => readonly ProgramStep[])
  /**
   * `isolated`, which is the default: each layer is a run of its own, from its golden input. `chained`: all are one run, and each layer
   * reads what those before it left in memory. `--mode` has the last word.
   */
  readonly mode?: 'isolated' | 'chained'
  readonly clock?: SimulateOptions['clock']
  readonly clocks?: SimulateOptions['clocks']
  readonly reset?: SimulateOptions['reset']
  /** Streams whose ports follow no naming convention; all others are found by name. */
  readonly streams?: SimulateOptions['streams']
  /** Random stalls of every stream. */
  readonly stalls?: Stalls
  /** Cycles that a layer may take. Default: 100,000, plus 4 per multiplication and 64 per element. */
  readonly withinCycles?: number | ((layer: LayerInfo) => number)
}

/** Gives a configuration its type, and nothing else: `export default defineConfig({ … })`. */
export const defineConfig = (config: OperatorConfig): OperatorConfig => config
