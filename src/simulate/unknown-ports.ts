/** What is asked of a model's ports under a name that none of them has. */
import { suggest } from '../input/suggest.ts'
import type { ModuleInterface } from './boundary/module-interface.ts'

/** What programs ask of any object: `await`, `JSON.stringify`, and the printers and comparisons of test runners. */
const ASKED_OF_ALL = new Set([
  'then',
  'toJSON',
  'asymmetricMatch',
  '$$typeof',
  'nodeType',
  'tagName',
  '_isMockFunction',
  'href',
])

/**
 * The prototype of a model's ports: what is no port ends there, and is an error. The ports themselves are properties of
 * the object and never come here, so that they cost nothing.
 */
export function refuseUnknownPorts(module: ModuleInterface): object {
  const refuse = (name: string): never => {
    throw new TypeError(describeUnknownPort(module, name))
  }
  const isAsked = (key: string | symbol): boolean =>
    typeof key === 'symbol' || key in Object.prototype || ASKED_OF_ALL.has(key)
  return new Proxy(Object.create(null), {
    get: (_, key) => (isAsked(key) ? Reflect.get(Object.prototype, key) : refuse(key as string)),
    set: (_, key) => refuse(String(key)),
    has: (_, key) => key in Object.prototype,
  })
}

const LISTED = 30

export function describeUnknownPort({ name: module, ports }: ModuleInterface, name: string): string {
  const names = ports.map((port) => port.name)
  const more = names.length > LISTED ? `, and ${names.length - LISTED} more` : ''
  const list = `${names.slice(0, LISTED).join(', ') || 'none'}${more}`
  return `Expected a port of ${module}, got ${name}; its ports are ${list}. ${suggest(name, names)}`.trimEnd()
}
