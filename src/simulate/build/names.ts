/** Names of the RTL, as Verilator writes them in C++. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The class that Verilator generates, whatever the module is called. */
export const modelClass = 'Vmodel'

/** A name of C++ of what the source calls `name`: two underscores separate, so those of the source are escaped, and so is what C++ forbids. */
export function encodeName(name: string): string {
  return name
    .replace(/__/g, '___05F')
    .replace(/^\d|[^A-Za-z0-9_]/g, (one) => `__0${one.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/** What the source calls that which Verilator's listings call `encoded`, as `origName`. */
export const decodeName = (encoded: string): string =>
  encoded.replace(/__0([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))

const RESERVED = '__SYM__'

/** The member of the root class that is a port. @param reserved those that have another name because theirs is a word of C++ */
export function memberName(port: string, reserved: ReadonlySet<string>): string {
  const encoded = encodeName(port)
  return reserved.has(encoded) ? `${RESERVED}${encoded}` : encoded
}

/** The ports in the header of the model's class, up to an empty line. */
const PORTS = /^( +\/\/ PORTS\n(?: +\/\/.*\n)*)((?:.+\n)*)/m

/**
 * Takes the ports out of the model's class, in which a port called `eval` or `rootp` would hide what Verilator calls so. They stay in
 * the root class, which has a `name` of its own.
 *
 * @returns the ports that Verilator calls otherwise, because they are words of C++
 */
export async function freePortNames(folder: string): Promise<ReadonlySet<string>> {
  const edit = async (name: string, change: (text: string) => string): Promise<string> => {
    const path = join(folder, `${modelClass}${name}`)
    const text = await readFile(path, 'utf8')
    await writeFile(path, change(text))
    return text
  }
  const declared = await edit('.h', (text) => text.replace(PORTS, '$1'))
  const ports = new Set(
    [...(PORTS.exec(declared)?.[2] ?? '').matchAll(/&\s*(\w+)/g)].map((match) => match[1]!),
  )
  await Promise.all([
    // A package with variables is initialised in the same way, and stays.
    edit('.cpp', (text) =>
      text.replace(/^ +, (\w+)\{vlSymsp->TOP\.\1\}\n/gm, (line, name: string) =>
        ports.has(name) ? '' : line,
      ),
    ),
    edit('__Syms.h', (text) => text.replace('TOP.name()', 'TOP.VerilatedModule::name()')),
  ])
  return new Set([...declared.matchAll(new RegExp(`&\\s*${RESERVED}(\\w+)`, 'g'))].map((match) => match[1]!))
}
