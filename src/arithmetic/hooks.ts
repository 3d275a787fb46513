/**
 * Functions of profiles in TypeScript, which a user's file holds and `--profile FILE.ts` loads. A profile as data names a function
 * by the SHA-256 of its file: no file of data can bring one along, or have one loaded.
 */
import { InputError } from '../input/input-error.ts'
import type { ChannelParameters, HookStage } from './stages.ts'

/** @returns the new value, of the bits that its stage declares; always the same of the same. */
export type Hook = (value: bigint, by: ChannelParameters) => bigint

interface Known {
  readonly key: string
  readonly hook: Hook
  /** As the user named it. */
  readonly file: string
  /** The first calls, and how many of them were made again. */
  readonly calls: { readonly value: bigint; readonly by: ChannelParameters; readonly result: bigint }[]
  recalled: number
}
const known: Known[] = []
const keyOf = ({ name, sha256 }: HookStage): string => `${name} ${sha256}`

/** Makes a function known to this process. @param file that has it */
export function registerHook(stage: HookStage, hook: Hook, file: string): void {
  if (!known.some(({ key }) => key === keyOf(stage)))
    known.push({ key: keyOf(stage), hook, file, calls: [], recalled: 0 })
}

/** The file of a function, for a process that has to load it as this one did. @throws as `hookIndex` */
export const hookFile = (stage: HookStage): string => known[hookIndex(stage)]!.file

/** A number for a function, by which the kernel calls it. @throws InputError if no loaded file has it */
export function hookIndex(stage: HookStage): number {
  const index = known.findIndex(({ key }) => key === keyOf(stage))
  if (index >= 0) return index
  throw new InputError(
    `the function ${stage.name} of its arithmetic is in a TypeScript file that is not loaded (SHA-256 ${stage.sha256.slice(0, 12)})`,
    'profile',
    'Give that file with --profile: a model or a profile of JSON does not hold it.',
  )
}

/** @throws InputError for a function that is not loaded, fails, or returns no integer of its bits */
export const runHook = (stage: HookStage, value: bigint, by: ChannelParameters): bigint =>
  callHook(hookIndex(stage), value, by, stage.bits)

/** @param index of `hookIndex` @param bits that the result has at most, signed */
export function callHook(index: number, value: bigint, by: ChannelParameters, bits: number): bigint {
  const own = known[index]!
  let result: unknown
  try {
    result = own.hook(value, Object.freeze(by))
  } catch (error) {
    throw refuse(own, value, `fails: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (typeof result !== 'bigint')
    throw refuse(own, value, `gives ${String(result)}, a ${typeof result}; expected a bigint`)
  if (BigInt.asIntN(bits, result) !== result)
    throw refuse(own, value, `gives ${result}; expected ${bits} bits, signed, as its stage says`)
  if (own.calls.length < REMEMBERED) own.calls.push({ value, by, result })
  return result
}

/** Calls of a function that are kept, and made again. */
const REMEMBERED = 64

/**
 * Makes one of the first calls again, another each time: a function that has changed its mind since is no function.
 *
 * @throws InputError if it has
 */
export function recallHook(index: number): void {
  const own = known[index]!
  const { value, by, result } = own.calls[own.recalled++ % own.calls.length] ?? {}
  if (value === undefined || by === undefined) return
  let now: unknown
  try {
    now = own.hook(value, by)
  } catch (error) {
    now = `an error, ${error instanceof Error ? error.message : String(error)}`
  }
  if (now === result) return
  throw refuse(own, value, `gives ${String(now)}, and gave ${result} before: ${NO_STATE}`)
}

const NO_STATE = 'a hook has no state and draws nothing'

const refuse = ({ key, file }: Known, value: bigint, what: string): InputError =>
  new InputError(`${key.split(' ')[0]!}(${value}) ${what}`, file, 'Mend the function of this profile.')

const PROBES = [1n, -1n, 2n, -3n, 127n, -128n, 1000n, -32_769n, 123_457n, -1_000_001n]

/**
 * A function that gives two answers proves nothing: one that draws random numbers, or counts its calls.
 *
 * @throws InputError for the first value at which it does, and as `runHook` for 0, which every accumulator can be
 */
export function checkHook(stage: HookStage, by: ChannelParameters): void {
  runHook(stage, 0n, by)
  const own = known[hookIndex(stage)]!
  // A stage before it may make the others impossible: the function may fail there, in one way.
  const answer = (value: bigint): string => {
    try {
      return String(own.hook(value, by))
    } catch (error) {
      return `fails: ${String(error)}`
    }
  }
  const answers = [1, 2].map(() => PROBES.map(answer))
  const at = PROBES.findIndex((_, i) => answers[0]![i] !== answers[1]![i])
  if (at >= 0)
    throw refuse(own, PROBES[at]!, `gives ${answers[0]![at]}, and then ${answers[1]![at]}: ${NO_STATE}`)
}
