/** The program of registers: numbers in the place of names and functions. */
import { InputError } from '../input/input-error.ts'
import { typeName } from '../simulate/bus-types.ts'
import { callFor, nameRun, showRun } from './data-region.ts'
import type { MemoryMap, Resolver } from './mapped-region.ts'
import { chooseBus } from './memory-map.ts'
import type { ProgramStep } from './memory-types.ts'
import type { OperatorConfig } from './operator-config.ts'

/** A step of a program. */
export type SettledStep =
  | { readonly bus: string; readonly write: number; readonly value: number }
  | {
      readonly bus: string
      readonly poll: number
      readonly mask?: number
      readonly equals: number
      readonly withinCycles?: number
    }

/** @throws InputError for an address or a value that is no whole number, and for a bus that is not there */
export function settleProgram(
  { buses = {}, program = [] }: Pick<OperatorConfig, 'buses' | 'program'>,
  { run }: MemoryMap,
  value: Resolver['value'],
  where: string,
): readonly SettledStep[] {
  const steps: unknown =
    typeof program === 'function'
      ? callFor('program', () => program(showRun(run)), where, nameRun(run))
      : program
  if (!Array.isArray(steps))
    throw new InputError(`program: expected a list of steps, got ${typeName(steps)}`, where)
  return steps.map((step: ProgramStep, index): SettledStep => {
    if (typeof step !== 'object' || step === null || !('write' in step || 'poll' in step))
      throw new InputError(
        `program[${index}]: expected { write, value } or { poll, equals }, got ${typeName(step)}`,
        where,
      )
    const place = `program[${index}]`
    const bus = chooseBus(buses, step.bus, false, place, where)
    const numberFor = (key: string, given: unknown, { layer, at }: MemoryMap['run'][number]): number => {
      const region = typeof given === 'string' && given.startsWith('$at.') ? given.slice(4) : null
      if (region !== null && !(region in at))
        throw new InputError(
          `${place}.${key}: ${layer.name} has no region ${region} at one address; it has ${Object.keys(at).join(', ')}`,
          where,
        )
      const own = Number(region === null ? value(`${place}.${key}`, given, layer) : at[region])
      if (Number.isSafeInteger(own) && own >= 0) return own
      throw new InputError(
        `${place}.${key}: expected a whole number for ${layer.name}, got ${String(own)}`,
        where,
      )
    }
    const number = (key: string, given: unknown): number => {
      const values = run.map((each) => numberFor(key, given, each))
      const other = values.findIndex((own) => own !== values[0])
      if (other < 0) return values[0]!
      throw new InputError(
        `${place}.${key}: is ${values[0]} for ${run[0]!.layer.name} and ${values[other]} for ${run[other]!.layer.name}`,
        where,
        'The program of a chained run is one for all its layers: write it as a function of the run.',
      )
    }
    if ('write' in step)
      return { bus, write: number('write', step.write), value: number('value', step.value) }
    const { mask, withinCycles } = step
    return {
      ...{ bus, poll: number('poll', step.poll), equals: number('equals', step.equals) },
      ...(mask === undefined ? {} : { mask: number('mask', mask) }),
      ...(withinCycles === undefined ? {} : { withinCycles: number('withinCycles', withinCycles) }),
    }
  })
}
