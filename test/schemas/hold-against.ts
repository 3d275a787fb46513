/** The published schemas as other programs use them: ajv, and not the check of Assay itself, reads them. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'

type Schema = Readonly<Record<string, unknown>>

const read = (name: string): Schema =>
  JSON.parse(readFileSync(new URL(`../../docs/${name}.schema.json`, import.meta.url), 'utf8'))

/** Allows only what is described. */
function close<Part>(part: Part): unknown {
  if (Array.isArray(part)) return part.map(close)
  if (typeof part !== 'object' || part === null) return part
  const inner = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, close(value)]))
  return inner.type === 'object' && !('additionalProperties' in inner)
    ? { ...inner, additionalProperties: false }
    : inner
}

function compile(schema: unknown): (value: unknown) => readonly string[] {
  const matches = new Ajv2020({ strict: true, allowUnionTypes: true, strictTuples: true }).compile(
    schema as object,
  )
  return (value) =>
    matches(value)
      ? []
      : matches.errors!.map(({ instancePath, message, params }) =>
          `${instancePath}: ${message} ${params.additionalProperty ?? ''}`.trim(),
        )
}

/** What the published schema objects to in a value, one line a fault. */
export const holdAgainst = (name: string): ((value: unknown) => readonly string[]) => compile(read(name))

/** The same, where what is not described is a fault, too: a schema must not fall behind. */
export const holdAgainstClosed = (name: string): ((value: unknown) => readonly string[]) =>
  compile(close(read(name)))

/** The error that a reader throws, with its name; empty if it takes the value. */
export function refusalOf(read: () => unknown): string {
  try {
    read()
    return ''
  } catch (error) {
    return String(error)
  }
}
