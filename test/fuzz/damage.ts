/** Damaged, cut, wrongly typed and hostile versions of valid files, as arbitraries of fast-check, which shrinks what fails. */
import fc from 'fast-check'

/** A step of damage. fast-check shrinks the numbers that it is made from. */
type Damage = (file: Uint8Array) => Uint8Array

/** What sizes, counts and offsets are most often wrong by. */
const ODD_BYTES = ['00', 'ff', '00000000', 'ffffffff', 'ffffff7f', '0000000000000080', 'ffffffffffffffff']

/** Whole numbers are spread evenly; `fc.double` gives mostly the smallest. A share of a file keeps its meaning for a shorter one. */
const share = fc.nat(999_999).map((millionth) => millionth / 1_000_000)
const size = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 4096 }))

/** Bits that flip, bytes that are missing, too many or others, an end that is gone, a part that comes again. */
function byteDamage(words: readonly string[]): fc.Arbitrary<Damage> {
  const replace =
    (at: number, removed: number, ...parts: readonly Uint8Array[]): Damage =>
    (file) => {
      const begin = Math.floor(at * file.length)
      return Buffer.concat([file.subarray(0, begin), ...parts, file.subarray(begin + removed)])
    }
  const given = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 12 }),
    fc.constantFrom(...ODD_BYTES.map((hex) => Buffer.from(hex, 'hex'))),
    ...(words.length === 0 ? [] : [fc.constantFrom(...words.map((word) => Buffer.from(word, 'latin1')))]),
  )
  return fc.oneof(
    fc.tuple(share, fc.nat(7)).map(
      ([at, bit]): Damage =>
        (file) => {
          const begin = Math.floor(at * file.length)
          return replace(at, 1, Uint8Array.of((file[begin] ?? 0) ^ (1 << bit)))(file)
        },
    ),
    fc.tuple(share, given).map(([at, bytes]) => replace(at, 0, bytes)),
    fc.tuple(share, given).map(([at, bytes]) => replace(at, bytes.length, bytes)),
    fc.tuple(share, size).map(([at, bytes]) => replace(at, bytes)),
    share.map(
      (at): Damage =>
        (file) =>
          file.subarray(0, Math.floor(at * file.length)),
    ),
    fc.tuple(share, share, size, fc.constantFrom(1, 2, 50)).map(
      ([at, from, length, times]): Damage =>
        (file) => {
          const begin = Math.floor(from * file.length)
          return replace(
            at,
            0,
            ...new Array<Uint8Array>(times).fill(file.subarray(begin, begin + length)),
          )(file)
        },
    ),
  )
}

/** A valid file with up to six damages, or bytes that were never one. */
export function damagedBytes(
  seeds: readonly Uint8Array[],
  words: readonly string[],
): fc.Arbitrary<Uint8Array> {
  const damages = fc.array(byteDamage(words), { minLength: 1, maxLength: 6 })
  return fc.oneof(
    {
      weight: 15,
      arbitrary: fc
        .tuple(fc.constantFrom(...seeds), damages)
        .map(([seed, all]) => all.reduce((file, damage) => damage(file), seed)),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }) },
  )
}

const deep = (open: string, inner: string, close: string): string =>
  `${open.repeat(5000)}${inner}${close.repeat(5000)}`

/** Texts of values that are no value, that are too large or too deep, or that mean something elsewhere. */
const HOSTILE = [
  ...['NaN', 'Infinity', '-Infinity', '1e999', '-0', '1e308', '1e-320', '-1', '0.5', '', "'x'", '0x10'],
  ...[
    '2147483648',
    '4294967296',
    '9007199254740993',
    '"../../x"',
    '"/etc/passwd"',
    '".."',
    '"a/b"',
    '"__proto__"',
  ],
  ...['"\\ud800"', '"\\u0000"', '"\\u001b[2J"', '"8"', '""', 'null', 'true', '[]', '{}', '[null]', '[[[]]]'],
  ...[
    '{"__proto__": 1}',
    '{"constructor": {"prototype": 1}}',
    '{"length": 1e9}',
    '{"toJSON": 1}',
    '{"a": 1, "a": 2}',
  ],
  ...[deep('[', '', ']'), deep('{"a":', '1', '}'), `"${'x'.repeat(5000)}"`, `[${'0,'.repeat(5000)}0]`],
]
const value = fc.oneof(fc.constantFrom(...HOSTILE), fc.json({ maxDepth: 2 }), fc.double().map(String))
const name = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'toString', 'length', '..', '\ud800', '\u001b', ''),
  fc.string({ maxLength: 8 }),
)

/** Where a value is: keys and indices from the outermost value on. */
export type Path = readonly (string | number)[]

type Change =
  | { readonly kind: 'replace' | 'repeat'; readonly at: Path; readonly text: string }
  | { readonly kind: 'remove'; readonly at: Path }
  | { readonly kind: 'rename'; readonly at: Path; readonly name: string }
  | { readonly kind: 'add'; readonly at: Path; readonly name: string; readonly text: string }

/** Every place of a value, the whole of it first. */
export function placesOf(root: unknown, at: Path = []): readonly Path[] {
  if (typeof root !== 'object' || root === null) return [at]
  const keys = Array.isArray(root) ? root.keys() : Object.keys(root)
  return [at, ...[...keys].flatMap((key) => placesOf((root as Record<string, unknown>)[key], [...at, key]))]
}

/** A value as JSON, with one value replaced by a text. */
export const replaceAt = (root: unknown, at: Path, text: string): string =>
  render(root, [{ kind: 'replace', at, text }])

/** JSON with changes in it; what they put there need not be JSON. */
function render(root: unknown, changes: readonly Change[], depth = 0): string {
  const here = changes.filter(({ at }) => at.length === depth)
  const replaced = here.find(({ kind }) => kind === 'replace')
  if (replaced?.kind === 'replace') return replaced.text
  if (typeof root !== 'object' || root === null || changes.length === 0) return JSON.stringify(root)
  const isList = Array.isArray(root)
  const parts = [...(isList ? root.entries() : Object.entries(root))].flatMap(([key, item]) => {
    const inner = changes.filter(({ at }) => at[depth] === key)
    const own = inner.find(({ at, kind }) => at.length === depth + 1 && kind !== 'replace')
    const text = render(item, inner, depth + 1)
    const named = (as: string | number, body: string): string =>
      isList ? body : `${JSON.stringify(as)}:${body}`
    if (own?.kind === 'remove') return []
    if (own?.kind === 'rename') return [named(own.name, text)]
    return own?.kind === 'repeat' ? [named(key, text), named(key, own.text)] : [named(key, text)]
  })
  for (const change of here)
    if (change.kind === 'add') parts.push(`${isList ? '' : `${JSON.stringify(change.name)}:`}${change.text}`)
  return isList ? `[${parts.join()}]` : `{${parts.join()}}`
}

/** A valid JSON file with one or two of its values replaced, removed, renamed, given twice or added. */
export function damagedJson(seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const bySeed = seeds.map((seed) => {
    const root: unknown = JSON.parse(Buffer.from(seed).toString('utf8'))
    const at = fc.constantFrom(...placesOf(root))
    const changes: readonly (readonly [number, fc.Arbitrary<Change>])[] = [
      [4, fc.tuple(at, value).map(([at, text]) => ({ kind: 'replace', at, text }))],
      [1, at.map((at) => ({ kind: 'remove', at }))],
      [1, fc.tuple(at, name).map(([at, name]) => ({ kind: 'rename', at, name }))],
      [1, fc.tuple(at, value).map(([at, text]) => ({ kind: 'repeat', at, text }))],
      [1, fc.tuple(at, name, value).map(([at, name, text]) => ({ kind: 'add', at, name, text }))],
    ]
    const change = fc.oneof(...changes.map(([weight, arbitrary]) => ({ weight, arbitrary })))
    return fc
      .array(change, { minLength: 1, maxLength: 2 })
      .map((changes) => Uint8Array.from(Buffer.from(render(root, changes))))
  })
  return fc.oneof(...bySeed)
}
