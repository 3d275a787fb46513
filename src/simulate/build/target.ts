/** Which CPUs a model is compiled for. */
import { InputError } from '../../input/input-error.ts'
import { ToolError } from '../../input/tool-error.ts'
import type { Cpu } from '../../process/cpu.ts'

/** A kind of CPU, and how the compiler is told. */
export interface Target {
  readonly name: string
  /** What a CPU needs to run it, as Linux names it. */
  readonly features: readonly string[]
  readonly flags: readonly string[]
}

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

/**
 * The best target that CPU and compiler can do, or the one that is wanted, whatever this CPU can do.
 *
 * @param compiled names of the targets that the compiler can do
 * @param wanted `ASSAY_CPU`
 * @throws InputError if there is no target of this name; ToolError if the compiler cannot do it.
 */
export function chooseTarget(
  { arch, features }: Cpu,
  compiled: readonly string[],
  wanted: string | null,
): Target {
  const targets = listTargets(arch)
  if (wanted === null) {
    const fits = ({ name, features: needed }: Target): boolean =>
      compiled.includes(name) && needed.every((feature) => features.has(feature))
    return targets.find(fits) ?? targets.at(-1)!
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
