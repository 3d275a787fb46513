/** A module's ports as a TypeScript type. */
import { readFile } from 'node:fs/promises'
import { writeWhole } from '../../store/files.ts'
import type { ModuleInterface, Port } from '../boundary/module-interface.ts'

/**
 * TypeScript declarations of a module's ports, for `simulate<Ports>()`: the text of a `.d.ts` file. Outputs
 * and inouts are readonly.
 */
export function generatePortTypes(module: ModuleInterface): string {
  const name = `${module.name.replace(/(^|_)([a-z0-9])/gi, (_, __, letter: string) => letter.toUpperCase())}Ports`
  const lines = module.ports.map((port) => {
    const bits = `${port.signed ? 'signed, ' : ''}${port.width} bit${port.width === 1 ? '' : 's'}`
    const readonly = port.direction === 'input' ? '' : 'readonly '
    return `  /** ${port.direction}, ${bits} */\n  ${readonly}${/^[\w$]+$/.test(port.name) ? port.name : JSON.stringify(port.name)}: ${typeOf(port)}`
  })
  return [`/** Ports of ${module.name}. */`, `export interface ${name} {`, ...lines, '}', ''].join('\n')
}

function typeOf({ width, elements }: Port): string {
  const type = width <= 53 ? 'number' : 'bigint'
  return elements === null ? type : `readonly ${type}[]`
}

/** Writes `generatePortTypes` to a file, unless that is what it says; returns whether it was written. */
export async function writePortTypes(path: string, module: ModuleInterface): Promise<boolean> {
  const text = generatePortTypes(module)
  if ((await readFile(path, 'utf8').catch(() => null)) === text) return false
  await writeWhole(path, text)
  return true
}
