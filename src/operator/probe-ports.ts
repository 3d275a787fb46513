/** What the ports of a requantiser are for: as the user says, or by their names. */
import { InputError } from '../input/input-error.ts'
import { suggest } from '../input/suggest.ts'
import type { ModuleInterface, Port } from '../simulate/index.ts'
import { isClock, isReset, wordsOf } from './guess.ts'

/** A port, or some of its bits. */
export interface PortBits {
  readonly name: string
  readonly width: number
  /** As declared; bits of a port are unsigned. */
  readonly signed: boolean
  /** The lowest bit. */
  readonly low: number
  readonly isPart: boolean
}

/** What a channel is computed with: bits of a port, or the one value that the module has inside. */
export type Setting = PortBits | { readonly value: number }

export interface ProbePorts {
  readonly acc: PortBits
  readonly code: PortBits
  readonly multiplier: Setting | null
  /** Null: inside the module, and to be found. */
  readonly shift: Setting | null
  readonly zeroPoint: Setting | null
  readonly scale: Setting | null
  /** 1 while an accumulator is offered. */
  readonly valid: string | null
  /** 1 when the module takes it. */
  readonly ready: string | null
  /** 1 while a code is there. */
  readonly done: string | null
  /** Inputs that hold one value throughout. */
  readonly held: Readonly<Record<string, number | bigint>>
}

/** Options by the role of their port. */
export const ROLES = {
  acc: 'acc',
  code: 'code',
  multiplier: 'multiplier',
  shift: 'shift',
  zeroPoint: 'zero-point',
  scale: 'scale',
  valid: 'valid',
  ready: 'ready',
  done: 'done',
} as const
export type Role = keyof typeof ROLES
/** What the user says of a role: a port, bits of one, or for M, s, Z and the scale a number. */
export type SaidPorts = Readonly<Partial<Record<Role, string | undefined>>>

const NAMES: Readonly<Record<Role, RegExp>> = {
  acc: /_(acc|accum|accumulator|sum|psum)_|^_(a|x|d|in|data|val|value|din|in_data)_$/,
  code: /_(code|result|res)_|^_(q|y|out|dout|data|out_data|act|pixel)_$/,
  multiplier: /_(mul|mult|multiplier|mantissa)_|^_(m|qm|m0|mq|scale)_$/,
  shift: /_(shift|shamt|rshift|sh|shr)_|^_(s|n|exp|exponent)_$/,
  zeroPoint: /_(zero|zp|zero_point|zeropoint)_|^_(z|offset|out_offset|output_offset)_$/,
  scale: /_(fscale|scale_f|scale_float|fp_scale|scale)_/,
  valid: /_(valid|vld|start|go|req)_/,
  ready: /_(ready|rdy)_/,
  done: /_(valid|vld|done|finished)_/,
}
const OUTPUTS: readonly Role[] = ['code', 'ready', 'done']
const FLAGS: readonly Role[] = ['valid', 'ready', 'done']
const NUMBERS: readonly Role[] = ['multiplier', 'shift', 'zeroPoint', 'scale']
/** Inputs that let a module work while they are 1. */
const ENABLE = /_(en|ena|enable|ce|clken|ready|rdy)_/

/**
 * @param said ports by role; those that are not said are guessed from names
 * @param held further inputs and the values that they hold
 * @throws InputError naming the option and the port that is missing, has another direction, or too few bits
 */
export function findProbePorts(
  module: ModuleInterface,
  said: SaidPorts,
  held: Readonly<Record<string, number | bigint>>,
): ProbePorts {
  const taken = new Set(Object.keys(held))
  for (const name of taken) findPort(module, name, 'input', '--set')
  const found = new Map<Role, Setting>()
  for (const role of Object.keys(ROLES) as Role[]) {
    const text = said[role]
    if (text === undefined) continue
    const setting = readSaid(module, role, text)
    found.set(role, setting)
    if ('name' in setting) taken.add(setting.name)
  }
  for (const role of Object.keys(ROLES) as Role[]) {
    const guess = found.has(role) ? undefined : guessPort(module, role, taken)
    if (guess === undefined) continue
    found.set(role, guess)
    taken.add(guess.name)
  }
  const bits = (role: Role): PortBits | null => {
    const setting = found.get(role)
    return setting !== undefined && 'name' in setting ? setting : null
  }
  const setting = (role: Role): Setting | null => found.get(role) ?? null
  const ports = {
    acc: requireRole(module, 'acc', bits('acc')),
    code: requireRole(module, 'code', bits('code')),
    ...{ multiplier: setting('multiplier'), shift: setting('shift'), zeroPoint: setting('zeroPoint') },
    scale: setting('scale'),
    ...{ valid: bits('valid')?.name ?? null, ready: bits('ready')?.name ?? null },
    done: bits('done')?.name ?? null,
    held: { ...holdRest(module, taken), ...held },
  }
  checkWidths(ports)
  return ports
}

function readSaid(module: ModuleInterface, role: Role, text: string): Setting {
  const option = `--${ROLES[role]}`
  if (NUMBERS.includes(role) && /^-?\d+(\.\d+)?(e-?\d+)?$/i.test(text)) return { value: Number(text) }
  const match = /^([\w$]+)(?:\[(\d+)(?::(\d+))?\])?$/.exec(text)
  if (match === null)
    throw new InputError(`expected a port, or bits of one as port[15:0], got ${text}`, option)
  const port = findPort(module, match[1]!, OUTPUTS.includes(role) ? 'output' : 'input', option)
  if (match[2] === undefined) {
    if (FLAGS.includes(role) && port.width !== 1)
      throw new InputError(`expected a port of 1 bit, ${port.name} has ${port.width}`, option)
    return { name: port.name, width: port.width, signed: port.signed, low: 0, isPart: false }
  }
  const [high, low] = [Number(match[2]), Number(match[3] ?? match[2])]
  if (high < low || high >= port.width || FLAGS.includes(role))
    throw new InputError(`expected bits of ${port.name}, which has ${port.width}, got ${text}`, option)
  return { name: port.name, width: high - low + 1, signed: false, low, isPart: true }
}

function findPort(
  module: ModuleInterface,
  name: string,
  direction: 'input' | 'output',
  option: string,
): Port {
  const known = module.ports.filter((port) => port.direction === direction && port.elements === null)
  const found = known.find((port) => port.name === name)
  if (found !== undefined) return found
  const names = known.map((port) => port.name)
  throw new InputError(
    `${module.name} has no ${direction} ${name}, its ${direction}s are ${names.join(', ') || 'none'}`,
    option,
    suggest(name, names),
  )
}

function guessPort(module: ModuleInterface, role: Role, taken: ReadonlySet<string>): PortBits | undefined {
  const direction = OUTPUTS.includes(role) ? 'output' : 'input'
  const isFlag = FLAGS.includes(role)
  const free = module.ports.filter(
    ({ name, direction: own, elements, width }) =>
      own === direction &&
      elements === null &&
      !taken.has(name) &&
      !isClock(name) &&
      !isReset(name) &&
      (width === 1) === isFlag,
  )
  // A multiplier may be called scale; a float32 one is said to be so.
  const named = role === 'scale' ? [] : free.filter(({ name }) => NAMES[role].test(wordsOf(name)))
  const port = named[0] ?? ((role === 'acc' || role === 'code') && free.length === 1 ? free[0] : undefined)
  return port === undefined
    ? undefined
    : { name: port.name, width: port.width, signed: port.signed, low: 0, isPart: false }
}

function requireRole(module: ModuleInterface, role: 'acc' | 'code', bits: PortBits | null): PortBits {
  if (bits !== null) return bits
  const direction = role === 'acc' ? 'input' : 'output'
  const names = module.ports.flatMap((port) => (port.direction === direction ? [port.name] : []))
  throw new InputError(
    `the names of ${module.name}'s ports do not say where the ${role === 'acc' ? 'accumulator goes in' : 'code comes out'}`,
    `--${ROLES[role]}`,
    `Name one of ${names.join(', ') || 'them'}.`,
  )
}

/** Inputs that nobody has spoken of: an enable is 1, all others are 0. Clocks and resets are left alone. */
const holdRest = (module: ModuleInterface, taken: ReadonlySet<string>): Record<string, number> =>
  Object.fromEntries(
    module.ports
      .filter(
        ({ name, direction, elements }) =>
          direction === 'input' && elements === null && !taken.has(name) && !isClock(name) && !isReset(name),
      )
      .map(({ name, width }) => [name, width === 1 && ENABLE.test(wordsOf(name)) ? 1 : 0]),
  )

function checkWidths({ acc, code, scale }: Pick<ProbePorts, 'acc' | 'code' | 'scale'>): void {
  const refuse = (role: Role, { name, width }: PortBits, expected: string): never => {
    throw new InputError(`expected ${expected}, ${name} has ${width}`, `--${ROLES[role]}`)
  }
  if (acc.width < 8 || acc.width > 64) refuse('acc', acc, 'a port of 8 to 64 bits')
  if (code.width < 2 || code.width > 64) refuse('code', code, 'a port of 2 to 64 bits')
  if (scale !== null && 'name' in scale && scale.width !== 32)
    refuse('scale', scale, 'a port of 32 bits, for a float32')
}
