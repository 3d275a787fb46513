/** What `make prove` proves: a property of a module of rtl/, for every input. */
import type { Proved } from './summary.ts'

/** A change of the module's text that makes it wrong. */
export interface Breakage {
  /** What is wrong then, in a few words. */
  readonly fault: string
  /** Stands in the module once. */
  readonly from: string
  readonly to: string
  /** Cycles that are not looked into, where the solver is long at them: any violation will do, not the first one alone. */
  readonly after?: number
}

/**
 * - `induction`: holds in the first steps, and in every step that follows `depth` steps in which it held (Yosys' `sat`); for runs
 *   of any length
 * - `reachability`: by property directed reachability (`pdr` of ABC); for runs of any length
 * - `bounded`: no run of `depth` cycles violates it (`bmc3` of ABC)
 */
type Engine = Proved['proof']['engine']

export interface Proof {
  /** Of `test/prove/<name>.sv`. */
  readonly name: string
  readonly module: string
  /** Of rtl/, beside the module and assay_pkg. */
  readonly sources?: readonly string[]
  readonly parameters: Readonly<Record<string, number>>
  /** Other widths, at which it is proved as well. */
  readonly also?: readonly Readonly<Record<string, number>>[]
  /** Of broken copies, where a fault shows at fewer bits, too: what is to be found is a run, not that there is none. */
  readonly narrow?: Readonly<Record<string, number>>
  /** What is proved, in a few words, with the clause where there is one. */
  readonly clause: string
  readonly says: string
  /** A sentence each; none: nothing is assumed of inputs or parameters. */
  readonly assumes: readonly string[]
  /** Of the two forms that `ifdef SYNTHESIS` tells apart; hardware's where not given. */
  readonly form?: 'simulation'
  /** What may have any value in any cycle: the property does not rest on what is computed for it. */
  readonly free?: readonly string[]
  readonly engine: Engine
  /** Steps of the longest induction, or cycles. */
  readonly depth: number
  /** Cycles within which the property's trigger is reached, and each breakage is seen. */
  readonly reach: number
  readonly broken: readonly Breakage[]
  /** Stands once in the module, behind the property; where not given, the module's end. */
  readonly before?: string
}

/** What most proofs assume. */
export const RESET = 'A run begins with a reset; later ones may come at any time.'
