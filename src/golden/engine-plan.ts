/** What the engine knows of its graph, and a call of its kernel. */
import type { Profile } from '../arithmetic/profile.ts'
import type { Way } from './engine-accumulator.ts'
import { GROUP, type KernelCall } from './engine-kernel.ts'
import type { Layout } from './engine-layout.ts'
import type { IntegerConv, IntegerNode } from './types.ts'

export interface Plan {
  readonly nodes: ReadonlyMap<string, IntegerNode>
  readonly layout: Layout
  readonly profile: Profile
  /** How each convolution is added up. */
  readonly ways: ReadonlyMap<string, Way>
}

/** A call whose rows or channels are independent of each other, so that it may be made in shares. */
export interface KernelWork {
  readonly call: KernelCall
  /** Rows or channels. */
  readonly total: number
  /** So many of them stay together. */
  readonly unit: number
  /** The arguments for `count` of them from `first` on, in the share of this number. */
  readonly argumentsOf: (first: number, count: number, share: number) => readonly number[]
}

/** The accumulators of a share that begins with this row: all of its groups, behind those of the rows before. */
export const sumsOf = (
  { name, shape: [, , width] }: IntegerConv,
  { sums, convs }: Layout,
  row: number,
  bytes: number,
): number => sums + row * width * convs.get(name)!.groups * GROUP * bytes
