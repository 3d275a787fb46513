/** Checks of values that a person wrote. Each names the place, what it expected there and what it found. */
import { suggest } from '../input/suggest.ts'

/** @throws whatever `refuse` of `runCheck` throws, for a value that is not as expected. */
export type Check = (value: unknown, place: string, refuse: Refuse) => void
export type Refuse = (what: string, advice?: string) => never

export const kindOf = (value: unknown): string =>
  Array.isArray(value) ? 'list' : value === null ? 'null' : value === false ? 'false' : typeof value

const at = (place: string): string => (place === '' ? '' : `${place}: `)

const show = (value: unknown): string =>
  typeof value === 'string' ? `'${value}'` : typeof value === 'number' ? String(value) : kindOf(value)

const expecting =
  (what: string, test: (value: unknown) => boolean): Check =>
  (value, place, refuse) => {
    if (!test(value)) refuse(`${at(place)}expected ${what}, got ${show(value)}`)
  }

export const text = expecting('text', (value) => typeof value === 'string' && value.trim() !== '')
export const anyText = expecting('text', (value) => typeof value === 'string')
export const whole = expecting('a whole number', Number.isSafeInteger)
export const positive = expecting(
  'a positive whole number',
  (value) => Number.isSafeInteger(value) && Number(value) > 0,
)
export const fraction = expecting(
  'a number from 0 to below 1',
  (value) => typeof value === 'number' && value >= 0 && value < 1,
)
export const callable = expecting('a function', (value) => typeof value === 'function')

export const choice =
  (...words: readonly (string | number)[]): Check =>
  (value, place, refuse) => {
    if (words.some((word) => word === value)) return
    const near = typeof value === 'string' ? suggest(value, words.map(String)) : ''
    const known = words.length === 1 ? `'${words[0]}'` : `one of ${words.join(', ')}`
    refuse(`${at(place)}expected ${known}, got ${show(value)}`, near)
  }

export const list =
  (item: Check, least = 0): Check =>
  (value, place, refuse) => {
    if (!Array.isArray(value)) return refuse(`${at(place)}expected a list, got ${kindOf(value)}`)
    if (value.length < least) refuse(`${at(place)}expected at least ${least === 1 ? 'one' : least}`)
    value.forEach((each, index) => {
      item(each, `${place}[${index}]`, refuse)
    })
  }

/** An object with any names. */
export const record =
  (item: Check): Check =>
  (value, place, refuse) => {
    if (kindOf(value) !== 'object') refuse(`${at(place)}expected an object, got ${kindOf(value)}`)
    for (const [name, each] of Object.entries(value as object)) item(each, join(place, name), refuse)
  }

/** An object with these names and no others; a name that ends with `?` may be left out. */
export const object =
  (shape: Readonly<Record<string, Check>>): Check =>
  (value, place, refuse) => {
    if (kindOf(value) !== 'object') refuse(`${at(place)}expected an object, got ${kindOf(value)}`)
    const own = value as Readonly<Record<string, unknown>>
    const known = Object.keys(shape).map((name) => name.replace('?', ''))
    for (const name of Object.keys(own)) {
      if (known.includes(name)) continue
      refuse(`${at(place)}there is no setting ${name}. Known are ${known.join(', ')}.`, suggest(name, known))
    }
    for (const [key, check] of Object.entries(shape)) {
      const name = key.replace('?', '')
      if (own[name] === undefined && key.endsWith('?')) continue
      check(own[name], join(place, name), refuse)
    }
  }

const join = (place: string, name: string): string => (place === '' ? name : `${place}.${name}`)

/** The first check for values of a kind (`list`, `object`, `function`, …), named in the refusal of all others. */
export const byKind =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value, place, refuse) => {
    const check = checks[kindOf(value)]
    if (check === undefined)
      return refuse(`${at(place)}expected ${Object.keys(checks).join(' or ')}, got ${kindOf(value)}`)
    check(value, place, refuse)
  }

export const anything: Check = () => {}
