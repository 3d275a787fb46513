/**
 * A user's own names for the checkpoint's: a JSON object from a module, layer or tensor of the checkpoint to a name. The
 * name of a module renames everything inside it: `{"model.2": "c2f_1"}` makes `model.2.cv1` into `c2f_1.cv1`. Of several keys that fit, the
 * longest wins.
 */

import * as v from 'valibot'
import type { IntegerGraph } from '../golden/types.ts'
import type { FloatGraph } from '../graph/types.ts'
import { InputError } from '../input/input-error.ts'
import { pathName } from '../input/path-name.ts'
import { checkJson, recordOf } from '../input/schema.ts'

export type Rename = (name: string) => string

const ADVICE = 'A mapping file is a JSON object such as {"model.0": "stem"}.'
/** Narrower than what a path may hold: names are typed in lists such as `a..b,c`. */
const SAFE_NAME = /^[\p{L}\p{N}_@-][\p{L}\p{N}_.@-]*$/u

const EXPECTED = '1 to 100 letters, digits and _ . @ -, and no dot in the first place'
const NAMES = recordOf(v.pipe(v.string(EXPECTED), v.maxLength(100, EXPECTED), v.regex(SAFE_NAME, EXPECTED)))

/** @throws InputError if the text is no object of names, names a key twice, or maps two names to one. */
export function parseNames(text: string, where: string): ReadonlyMap<string, string> {
  const value = checkJson(NAMES, text, where, ADVICE)
  const names = new Map<string, string>()
  const owners = new Map<string, string>()
  for (const [key, name] of Object.entries(value)) {
    const owner = owners.get(name)
    if (owner !== undefined) throw new InputError(`${owner} and ${key} are both mapped to ${name}.`, where)
    owners.set(name, key)
    names.set(key, name)
  }
  return names
}

/**
 * @param known every name of the checkpoint that can be renamed: layers and tensors.
 * @throws InputError if a key is no module, layer or tensor, or two of `known` would get one name.
 */
export function createRename(
  names: ReadonlyMap<string, string>,
  known: ReadonlySet<string>,
  where: string,
): Rename {
  const modules = new Set([...known].flatMap(prefixesOf))
  for (const key of names.keys()) if (!modules.has(key)) throw unknownName(key, modules, where)
  const rename: Rename = (name) => {
    for (const prefix of prefixesOf(name)) {
      const own = names.get(prefix)
      if (own !== undefined) return own + name.slice(prefix.length)
    }
    return name
  }
  const owners = new Map<string, string>()
  for (const name of known) {
    const own = pathName(rename(name), where)
    const owner = owners.get(own)
    if (owner !== undefined) throw new InputError(`${owner} and ${name} are both mapped to ${own}.`, where)
    owners.set(own, name)
  }
  return rename
}

/** The name itself, then the modules around it, inside out. */
function prefixesOf(name: string): string[] {
  const prefixes = [name]
  for (let at = name.length - 1; at > 0; at--)
    if (name[at] === '.' || name[at] === '@') prefixes.push(name.slice(0, at))
  return prefixes
}

function unknownName(key: string, modules: ReadonlySet<string>, where: string): InputError {
  const parent = prefixesOf(key).find((prefix) => modules.has(prefix))
  const siblings = [...modules].filter((name) =>
    parent === undefined ? !name.includes('.', 6) : name.startsWith(`${parent}.`),
  )
  const hint = parent === undefined ? 'There is' : `In ${parent} there is`
  return new InputError(
    `the checkpoint has no ${JSON.stringify(key)}.`,
    where,
    `${hint} ${siblings.slice(0, 6).join(', ')}; \`assay inspect\` lists the layers.`,
  )
}

interface Named {
  readonly name: string
  readonly op: string
  readonly inputs?: readonly string[]
}

function renameNode<Node extends Named>(node: Node, rename: Rename): Node {
  const named = { ...node, name: rename(node.name) }
  return node.inputs === undefined ? named : { ...named, inputs: node.inputs.map(rename) }
}

function renameHead(head: FloatGraph['head'], rename: Rename): FloatGraph['head'] {
  const levels = head.levels.map((level) => ({
    ...level,
    box: rename(level.box),
    cls: rename(level.cls),
  }))
  return { ...head, name: rename(head.name), levels }
}

/** Modules that stand for a tensor keep doing so, under the new names. */
const renameAliases = (aliases: ReadonlyMap<string, string>, rename: Rename) =>
  new Map([...aliases].map(([name, target]) => [rename(name), rename(target)]))

export function renameFloatGraph(graph: FloatGraph, rename: Rename): FloatGraph {
  return {
    nodes: graph.nodes.map((node) => renameNode(node, rename)),
    head: renameHead(graph.head, rename),
    aliases: renameAliases(graph.aliases, rename),
  }
}

export function renameIntegerGraph(graph: IntegerGraph, rename: Rename): IntegerGraph {
  return {
    ...graph,
    nodes: graph.nodes.map((node) => renameNode(node, rename)),
    detect: renameHead(graph.detect, rename),
    aliases: renameAliases(graph.aliases, rename),
  }
}
