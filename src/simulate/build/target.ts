/** Which CPUs a model is compiled for. */
import * as v from 'valibot'
import { InputError } from '../../input/input-error.ts'
import { type Checked, openObject } from '../../input/schema.ts'
import { ToolError } from '../../input/tool-error.ts'
import { type Cpu, readCpu } from '../../process/cpu.ts'

/** A kind of CPU, and how the compiler is told. */
export interface Target {
  readonly name: string
  /** What a CPU needs to run it, as Linux names it. */
  readonly features: readonly string[]
  readonly flags: readonly string[]
}

/** What a compiled model asks of the CPU. */
export const compiledFor = openObject({ arch: v.string(), name: v.string(), features: v.array(v.string()) })
export type CompiledFor = Checked<typeof compiledFor>

const v2 = ['cx16', 'lahf_lm', 'pni', 'popcnt', 'sse4_1', 'sse4_2', 'ssse3']
const v3 = [...v2, 'abm', 'avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'movbe', 'xsave']
const v4 = [...v3, 'avx512bw', 'avx512cd', 'avx512dq', 'avx512f', 'avx512vl']

const march = (name: string, features: readonly string[], ...flags: readonly string[]): Target => ({
  name,
  features,
  flags: [`-march=${name}`, ...flags],
})

/** The levels of the x86-64 ABI: wide words become SIMD operations, of 512 bits where there are any. */
const x64: readonly Target[] = [
  march('x86-64-v4', v4, '-mprefer-vector-width=512'),
  march('x86-64-v3', v3),
  march('x86-64-v2', v2),
  march('x86-64', []),
]

/** Targets of an architecture, best first; the last runs everywhere. */
export function listTargets(arch: string): readonly Target[] {
  if (arch === 'x64') return x64
  return [arch === 'arm64' ? march('armv8-a', []) : { name: arch, features: [], flags: [] }]
}

const runsOn = (target: Target, cpu: Cpu): boolean =>
  target.features.every((feature) => cpu.features.has(feature))

/**
 * The best target that CPU and compiler can do, or the one that is wanted, whatever this CPU can do.
 *
 * @param compiled names of the targets that the compiler can do
 * @param wanted `ASSAY_CPU`
 * @throws InputError if there is no target of this name; ToolError if the compiler cannot do it.
 */
export function chooseTarget(cpu: Cpu, compiled: readonly string[], wanted: string | null): Target {
  const targets = listTargets(cpu.arch)
  if (wanted === null) {
    return targets.find((each) => compiled.includes(each.name) && runsOn(each, cpu)) ?? targets.at(-1)!
  }
  const target = targets.find(({ name }) => name === wanted)
  if (target === undefined) {
    const names = targets.map(({ name }) => name).join(', ')
    throw new InputError(`expected one of ${names}, got ${wanted}`, 'ASSAY_CPU')
  }
  if (compiled.includes(wanted)) return target
  throw new ToolError(`The C++ compiler does not know the CPU ${wanted} that ASSAY_CPU names.`, {
    tool: 'compiler',
  })
}

/**
 * Looks before a model is loaded: a CPU that lacks what the model was compiled for would end the process, or compute
 * something else.
 *
 * @throws ToolError if this CPU lacks something.
 */
export function requireCpu(
  { library, cpu }: { readonly library: string; readonly cpu: CompiledFor },
  has: Cpu = readCpu(),
): void {
  const missing = cpu.features.filter((feature) => !has.features.has(feature))
  if (cpu.arch === has.arch && missing.length === 0) return
  const { name } = listTargets(has.arch).find((target) => runsOn(target, has))!
  const what = cpu.arch === has.arch ? `has no ${missing.join(', ')}` : `is of the kind ${name}`
  throw new ToolError(
    `${library} was compiled for CPUs of the kind ${cpu.name}, and this one ${what}: ` +
      `unset ASSAY_CPU, or set ASSAY_CPU=${name} on all machines that share models, and build again.`,
    { tool: 'cpu' },
  )
}
