/** Just enough of JSON Schema to hold a document against docs/report.schema.json; a keyword it does not know is an error. */
export type Schema = { readonly [keyword: string]: unknown }

const KNOWN = new Set(
  '$schema $defs $ref title description type properties required items enum const anyOf minimum maximum minItems maxItems pattern'.split(
    ' ',
  ),
)

const typeOf = (value: unknown): string =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'array'
      : Number.isInteger(value)
        ? 'integer'
        : typeof value

/** What is wrong, one line a fault. Fields that the schema does not describe count as faults: it must not fall behind. */
export function findFaults(
  schema: Schema,
  value: unknown,
  root: Schema = schema,
  at = '$',
): readonly string[] {
  for (const keyword of Object.keys(schema))
    if (!KNOWN.has(keyword)) throw new Error(`unknown keyword ${keyword}`)
  if (typeof schema.$ref === 'string') {
    const target = (root.$defs as Record<string, Schema>)[schema.$ref.replace('#/$defs/', '')]
    if (target === undefined) throw new Error(`no definition ${schema.$ref}`)
    return findFaults(target, value, root, at)
  }
  const faults: string[] = []
  const check = (good: boolean, what: string): void => {
    if (!good) faults.push(`${at}: ${what}, got ${JSON.stringify(value)?.slice(0, 60)}`)
  }
  if (Array.isArray(schema.anyOf)) {
    const tried = (schema.anyOf as Schema[]).map((option) => findFaults(option, value, root, at))
    if (!tried.some((own) => own.length === 0)) faults.push(...tried[0]!)
  }
  const { type, minimum, maximum, minItems, maxItems, pattern } = schema
  if (type !== undefined) {
    const own = typeOf(value)
    check(own === type || (type === 'number' && own === 'integer'), `expected ${type}`)
  }
  if ('const' in schema) check(value === schema.const, `expected ${JSON.stringify(schema.const)}`)
  if (Array.isArray(schema.enum))
    check(schema.enum.includes(value), `expected one of ${schema.enum.join(', ')}`)
  if (typeof value === 'number') {
    if (minimum !== undefined) check(value >= (minimum as number), `expected at least ${minimum}`)
    if (maximum !== undefined) check(value <= (maximum as number), `expected at most ${maximum}`)
  }
  if (typeof value === 'string' && pattern !== undefined)
    check(new RegExp(pattern as string, 'u').test(value), `expected ${pattern}`)
  if (Array.isArray(value)) {
    if (minItems !== undefined)
      check(value.length >= (minItems as number), `expected at least ${minItems} items`)
    if (maxItems !== undefined)
      check(value.length <= (maxItems as number), `expected at most ${maxItems} items`)
    if (schema.items !== undefined)
      for (const [index, item] of value.entries())
        faults.push(...findFaults(schema.items as Schema, item, root, `${at}[${index}]`))
  } else if (typeof value === 'object' && value !== null && schema.properties !== undefined) {
    const properties = schema.properties as Record<string, Schema>
    for (const name of schema.required as string[])
      if (!(name in value)) faults.push(`${at}: ${name} is missing`)
    for (const [name, own] of Object.entries(value))
      if (properties[name] === undefined) faults.push(`${at}: ${name} is not described`)
      else faults.push(...findFaults(properties[name], own, root, `${at}.${name}`))
  }
  return faults
}
