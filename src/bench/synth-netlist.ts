/** Counts primitives in a netlist of Yosys (`write_json`), module by module, and follows each memory to what it became. */
import * as v from 'valibot'
import { type Checked, checkJson, openObject, recordOf } from '../input/schema.ts'

export interface Use {
  readonly luts: number
  readonly flipFlops: number
  readonly dsps: number
  readonly carries: number
  /** Block RAMs of 18 kbit; one of 36 kbit counts as two. */
  readonly blockRams: number
  /** LUT RAM primitives of up to 256 bits. */
  readonly lutRams: number
}

export interface ModuleUse extends Use {
  readonly name: string
  readonly instances: number
}

export interface MappedMemory {
  /** Path in the design, `u_features.g_bank[0].mem`. */
  readonly name: string
  readonly words: number
  /** Bits of a word. */
  readonly width: number
  readonly blockRams: number
  readonly lutRams: number
}

const values = recordOf(v.unknown())
const cell = openObject({ type: v.string(), parameters: values })
type Cell = Checked<typeof cell>

const module = openObject({ attributes: values, cells: recordOf(cell) })
type Module = Checked<typeof module>

const NETLIST = openObject({ modules: recordOf(module) })
export type Netlist = Checked<typeof NETLIST>['modules']

export const readNetlist = (json: string): Netlist => checkJson(NETLIST, json, "Yosys's netlist").modules

/** A cell that is no module of the design, with where it is. */
interface Placed extends Cell {
  /** `u_head.u_q_nms.kept.0.0`. */
  readonly path: string
  /** Name of the module it is in, without its parameters. */
  readonly module: string
}

/** Yosys names a module with parameters `$paramod$<hash>\name` or `$paramod\name\P=…`. */
export const plainName = (name: string): string =>
  name.startsWith('$paramod') ? name.replace(/^\$paramod(\$[0-9a-f]+)?\\/, '').replace(/\\.*/, '') : name

const isLibrary = ({ attributes }: Module): boolean => 'blackbox' in attributes || 'whitebox' in attributes

/** The modules of the design itself. */
export const listTypes = (netlist: Netlist): readonly string[] =>
  Object.keys(netlist).filter((type) => !isLibrary(netlist[type]!))

/** Every primitive of the design, instance by instance; `seen` is called for each instance of a module. */
function* walk(
  netlist: Netlist,
  type: string,
  path: string,
  seen: (module: string) => void,
): Generator<Placed> {
  const module = plainName(type)
  seen(module)
  for (const [name, cell] of Object.entries(netlist[type]!.cells)) {
    const at = path === '' ? name : `${path}.${name}`
    const inner = netlist[cell.type]
    if (inner !== undefined && !isLibrary(inner)) yield* walk(netlist, cell.type, at, seen)
    else yield { ...cell, path: at, module }
  }
}

const blockRamsOf = ({ type }: Cell): number => (type === 'RAMB36E1' ? 2 : type === 'RAMB18E1' ? 1 : 0)
const isLutRam = ({ type }: Cell): boolean => /^RAM\d+(M|X\d+[SD])/.test(type)

const countUse = (cells: readonly Cell[]): Use => ({
  luts: cells.filter(({ type }) => /^LUT\d$/.test(type)).length,
  flipFlops: cells.filter(({ type }) => /^FD[RSCP]E/.test(type)).length,
  dsps: cells.filter(({ type }) => /^DSP48E[12]$/.test(type)).length,
  carries: cells.filter(({ type }) => type === 'CARRY4').length,
  blockRams: cells.reduce((sum, cell) => sum + blockRamsOf(cell), 0),
  lutRams: cells.filter(isLutRam).length,
})

/** Parameters of a netlist are bit strings, or numbers where short. */
const toNumber = (value: unknown): number =>
  typeof value === 'string' ? Number.parseInt(value, 2) : Number(value)

/**
 * @param elaborated with memories as cells
 * @param mapped with primitives; a memory's primitives carry its name
 */
export function useOf(
  top: string,
  elaborated: Netlist,
  mapped: Netlist,
): { readonly modules: readonly ModuleUse[]; readonly memories: readonly MappedMemory[] } {
  const instances = new Map<string, number>()
  const cells = [
    ...walk(mapped, top, '', (module) => instances.set(module, (instances.get(module) ?? 0) + 1)),
  ]
  const modules = [...instances].map(([name, count]): ModuleUse => {
    return { name, instances: count, ...countUse(cells.filter(({ module }) => module === name)) }
  })
  const memories = [...walk(elaborated, top, '', () => {})]
    .filter(({ type }) => type === '$mem_v2')
    .map(({ path, parameters }): MappedMemory => {
      const { blockRams, lutRams } = countUse(cells.filter((cell) => cell.path.startsWith(`${path}.`)))
      return {
        name: path,
        words: toNumber(parameters.SIZE),
        width: toNumber(parameters.WIDTH),
        blockRams,
        lutRams,
      }
    })
  return { modules, memories }
}

export function addUse(uses: readonly Use[]): Use {
  const sum = (value: (use: Use) => number): number => uses.reduce((total, use) => total + value(use), 0)
  return {
    luts: sum(({ luts }) => luts),
    flipFlops: sum(({ flipFlops }) => flipFlops),
    dsps: sum(({ dsps }) => dsps),
    carries: sum(({ carries }) => carries),
    blockRams: sum(({ blockRams }) => blockRams),
    lutRams: sum(({ lutRams }) => lutRams),
  }
}
