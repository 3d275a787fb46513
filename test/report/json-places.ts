/** Every place in a value of JSON, and the value with another at one of them. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }
export type Path = readonly (string | number)[]

/** Every place in a value: of lists the first two items. */
export function listPlaces(value: Json, at: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [at]
  const inside = Object.entries(value).flatMap(([name, own]) => {
    const key = Array.isArray(value) ? Number(name) : name
    return Array.isArray(value) && Number(name) > 3 ? [] : listPlaces(own as Json, [...at, key])
  })
  return at.length === 0 ? inside : [at, ...inside]
}

/** A copy in which the value at a place is another. */
export function put(value: Json, [key, ...rest]: Path, own: Json): Json {
  if (key === undefined) return own
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) }
  const fields = copy as Record<string | number, Json>
  fields[key] = put(fields[key]!, rest, own)
  return copy as Json
}

export const at = (value: Json, path: Path): Json =>
  path.reduce<Json>((inner, key) => (inner as Record<string | number, Json>)[key]!, value)

/** `layers[0].name`. */
export const write = (path: Path): string =>
  path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .slice(1)
