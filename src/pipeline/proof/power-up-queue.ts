/**
 * What is left to run, power-up by power-up: a child stays with one, so that it powers its model up once for many layers, and helps with
 * others when no new one is left.
 */
import { giveWay } from '../../input/give-way.ts'
import type { Ledger } from './ledger.ts'

/** A power-up under way. */
export interface QueuedPowerUp {
  readonly seed: number | null
  /** Its place in the plan, from 1. */
  readonly number: number
  readonly pcs: readonly number[]
  readonly ledger: Ledger
  /** Why it ended before its last layer; null if it did not. */
  readonly ended: string | null
}

interface Opened {
  readonly ledger: Ledger
  /** What has to run, in order. */
  readonly order: readonly number[]
}

interface Plan {
  readonly seed: number | null
  readonly pcs: readonly number[]
}

interface Hooks {
  open(seed: number | null, pcs: readonly number[]): Promise<Opened>
  /** In the order of the plan. */
  onDone(powerUp: QueuedPowerUp): void
}

interface Active extends QueuedPowerUp {
  ended: string | null
  /** Reversed: the next one is the last. */
  readonly left: number[]
  running: number
  isDone: boolean
}

/** @param plan what is asked for */
export function createQueue(plan: readonly Plan[], { open, onDone }: Hooks) {
  const active = new Map<number, Active>()
  const assigned = new Map<object, Active>()
  let next = 0
  let told = 0
  let endedAll: string | null = null
  const tell = (): void => {
    for (let own = active.get(told); own?.isDone === true; own = active.get(told)) {
      active.delete(told++)
      onDone(own)
    }
  }
  const settle = (own: Active): void => {
    if (own.ended !== null) own.left.length = 0
    if (own.left.length > 0 || own.running > 0) return
    own.isDone = true
    tell()
  }
  const opening = new Set<Promise<Active>>()
  const begin = (): Promise<Active> => {
    const opened = openAt(next++)
    opening.add(opened)
    return opened.finally(() => opening.delete(opened))
  }
  /** Opened while the one before it runs. */
  let ahead: Promise<Active> | null = null
  const openNext = (): Promise<Active> => {
    const opened = ahead ?? begin()
    ahead = next < plan.length ? begin() : null
    // Whoever takes it hears of it.
    ahead?.catch(() => {})
    return opened
  }
  const openAt = async (at: number): Promise<Active> => {
    const { seed, pcs } = plan[at]!
    const { ledger, order } = await open(seed, pcs)
    const left = [...order].reverse()
    const own = { seed, number: at + 1, pcs, ledger, ended: endedAll, left, running: 0, isDone: false }
    active.set(at, own)
    settle(own)
    return own
  }
  /** The one with the most left to do. */
  const findLongest = (): Active | null => {
    const open = [...active.values()].filter(({ left }) => left.length > 0)
    return open.reduce<Active | null>(
      (most, own) => (own.left.length > (most?.left.length ?? 0) ? own : most),
      null,
    )
  }
  const choose = async (worker: object): Promise<Active | null> => {
    const own = assigned.get(worker)
    if (own !== undefined && own.left.length > 0) return own
    while ((ahead !== null || next < plan.length) && endedAll === null) {
      const opened = await openNext()
      if (opened.left.length > 0) return opened
      await giveWay()
    }
    await Promise.all(opening)
    return findLongest()
  }
  const take = async (worker: object) => {
    for (;;) {
      const own = await choose(worker)
      if (own === null) return null
      const pc = own.left.pop()
      // Another worker was quicker.
      if (pc === undefined) continue
      assigned.set(worker, own)
      own.running++
      return { powerUp: own, pc }
    }
  }
  const taking = new Map<object, Promise<unknown>>()
  return {
    /** The next layer for a worker, and the power-up that it belongs to; `leave` says when it has run. */
    take: (worker: object): Promise<{ readonly powerUp: QueuedPowerUp; readonly pc: number } | null> => {
      // One at a time: what a worker asks for at once comes of one power-up.
      const taken = Promise.resolve(taking.get(worker)).then(() => take(worker))
      taking.set(worker, taken)
      return taken
    },
    leave: (powerUp: QueuedPowerUp): void => {
      const own = powerUp as Active
      own.running--
      settle(own)
    },
    /** Runs nothing more of a power-up. */
    end: (powerUp: QueuedPowerUp, why: string): void => {
      const own = powerUp as Active
      own.ended ??= why
      own.left.length = 0
    },
    /** Runs nothing more. */
    endAll: (why: string): void => {
      endedAll ??= why
      for (const own of active.values()) {
        own.ended ??= why
        own.left.length = 0
      }
    },
    /** What was not begun is told, too, once nothing runs any more. */
    finish: async (): Promise<void> => {
      while (ahead !== null || next < plan.length) await openNext()
      for (const own of active.values()) settle(own)
    },
  }
}
