/** Values of parameters: as SystemVerilog writes them, and whether the module has taken them as they are. */
import { InputError } from '../../input/input-error.ts'
import { type ModuleInterface, type Parameter, readParameterText } from '../boundary/module-interface.ts'
import type { ParameterValue } from './types.ts'

/** A parameter's value as SystemVerilog writes it. */
export function formatParameter(value: ParameterValue, quote: (text: string) => string): string {
  if (typeof value === 'boolean') return value ? "1'b1" : "1'b0"
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number' && !Number.isInteger(value)) return String(value)
  const wide = BigInt(value)
  if (BigInt.asIntN(32, wide) === wide) return String(wide)
  if (wide > 0n) return `${wide.toString(2).length}'h${wide.toString(16)}`
  const width = (-wide - 1n).toString(2).length + 1
  return `${width}'sh${BigInt.asUintN(width, wide).toString(16)}`
}

/**
 * SystemVerilog cuts a value that does not fit, and says nothing.
 *
 * @throws InputError for a parameter that has another value than the one that was given.
 */
export function checkParameters(
  module: ModuleInterface,
  given: Readonly<Record<string, ParameterValue>>,
): void {
  for (const [name, value] of Object.entries(given)) {
    const parameter = module.parameters.find((each) => each.name === name)
    if (parameter === undefined || parameter.value === null || isTaken(parameter, value)) continue
    throw new InputError(
      `expected a value that fits (${describe(parameter)}), got ${shown(value)}, which becomes ${shown(parameter.value)}`,
      `parameter ${name} of ${module.name}`,
    )
  }
}

function isTaken(parameter: Parameter, value: ParameterValue): boolean {
  if (typeof value === 'string') return readParameterText(parameter) === value
  const taken = parameter.value!
  if (typeof taken === 'string') return false
  if (typeof value === 'number' && !Number.isInteger(value)) return Number(taken) === value
  return Number.isInteger(Number(taken)) && BigInt(taken) === BigInt(value)
}

function describe({ width, signed }: Parameter): string {
  if (width === 0) return 'a text'
  const bits = `${width} bit${width === 1 ? '' : 's'}, ${signed ? 'signed' : 'unsigned'}`
  if (width > 64) return bits
  const low = signed ? -(2n ** BigInt(width - 1)) : 0n
  return `${bits}: ${low} to ${low + 2n ** BigInt(width) - 1n}`
}

const shown = (value: ParameterValue): string =>
  typeof value === 'string' ? JSON.stringify(value) : String(value)
