/** Values of parameters: as SystemVerilog writes them, and whether the module has taken them as they are. */
import { InputError } from '../../input/input-error.ts'
import { suggest } from '../../input/suggest.ts'
import { type ModuleInterface, type Parameter, readParameterText } from '../boundary/module-interface.ts'
import type { ParameterValue } from './types.ts'

/** A parameter's value as SystemVerilog writes it. */
export function formatParameter(value: ParameterValue, quote: (text: string) => string): string {
  if (typeof value === 'boolean') return value ? "1'b1" : "1'b0"
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new InputError(`expected a finite number, got ${value}`, 'parameters')
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

/** Whether Verilator's value may have been written as a text: no listing says how it was written. */
const mayBeText = (parameter: Parameter): boolean => {
  const { width, signed, value } = parameter
  if (width === 0 || value === null) return true
  if (signed || width % 8 !== 0) return false
  return Number(value) === 0
    ? width === 8 || width > 64
    : /^[^\p{Cc}\ufffd]+$/u.test(readParameterText(parameter))
}

/**
 * A text for a number would be taken by its characters: "7" is 55.
 *
 * @param plain the module as it is without parameters
 * @throws InputError for a parameter that is a number, and was given as a text.
 */
export function checkTexts(plain: ModuleInterface, given: Readonly<Record<string, ParameterValue>>): void {
  for (const [name, value] of Object.entries(given)) {
    const parameter = plain.parameters.find((each) => each.name === name)
    if (typeof value !== 'string' || parameter === undefined || mayBeText(parameter)) continue
    throw new InputError(
      `expected a number (${describe(parameter)}; ${shown(parameter.value!)} by default), got the text ${shown(value)}`,
      `parameter ${name} of ${plain.name}`,
      'Give it without quotes: a number or a bigint.',
    )
  }
}

/** Says what a parameter is that Verilator does not find. @param texts of the sources */
export function refuseParameter(
  name: string,
  { name: top, parameters }: ModuleInterface,
  texts: readonly string[],
): InputError {
  const where = `parameter ${name} of ${top}`
  if (parameters.some((each) => each.name === name && each.local))
    return new InputError('is a localparam, which nothing outside of the module sets', where)
  const plain = name.replace(/\W/g, '\\$&')
  const type = new RegExp(`\\btype\\s+(?:\\w+\\s*=[^;()]*,\\s*)*${plain}(?!\\w)`)
  if (texts.some((text) => type.test(text)))
    return new InputError('is a type', where, `A type parameter is set by a module around ${top}.`)
  const known = parameters.filter((each) => !each.local).map((each) => each.name)
  const what = `there is no such parameter; ${known.length === 0 ? 'it has none' : `there are ${known.join(', ')}`}`
  return new InputError(what, where, suggest(name, known))
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
