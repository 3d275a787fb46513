/** How a valid file is damaged: bytes, runs of bytes, words of its format, values of its JSON. */
import fc from 'fast-check'

/** Places are fractions, so that shrinking one file's damage keeps its meaning for a shorter one. */
export type Edit =
  | { readonly kind: 'flip' | 'set'; readonly at: number; readonly value: number }
  | { readonly kind: 'insert' | 'overwrite'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'remove' | 'cut'; readonly at: number; readonly size: number }
  | {
      readonly kind: 'copy'
      readonly at: number
      readonly from: number
      readonly size: number
      readonly times: number
    }
  | { readonly kind: 'json'; readonly at: number; readonly value: string }

/** What sizes, counts and offsets are most often wrong by. */
const ODD_BYTES = [
  [0],
  [0xff],
  [0, 0, 0, 0],
  [0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0x7f],
  [0, 0, 0, 0, 0, 0, 0, 0x80],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
].map((bytes) => Uint8Array.from(bytes))

const ODD_VALUES = [
  ...[
    'null',
    'true',
    '""',
    '"x"',
    '[]',
    '{}',
    '[null]',
    '[[[]]]',
    '0',
    '-1',
    '1e308',
    '-0.5',
    '1e-320',
    '4294967296',
  ],
  ...[
    '9007199254740993',
    '"../../x"',
    '"\\u0000"',
    '"__proto__"',
    '{"__proto__": 1}',
    '{"length": 1e9}',
    '"8"',
  ],
  ...[`${'['.repeat(5000)}${']'.repeat(5000)}`, `"${'x'.repeat(5000)}"`, '[1,2,3,4,5,6,7,8,9]'],
]

export function editArbitrary(words: readonly string[], isJson: boolean): fc.Arbitrary<readonly Edit[]> {
  // Whole numbers are spread evenly; `fc.double` gives mostly the smallest.
  const at = fc.integer({ min: 0, max: 999_999 }).map((millionth) => millionth / 1_000_000)
  const size = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 4096 }))
  const inserted = [
    fc.uint8Array({ minLength: 1, maxLength: 12 }),
    fc.constantFrom(...ODD_BYTES),
    ...(words.length === 0
      ? []
      : [fc.constantFrom(...words.map((word) => Uint8Array.from(Buffer.from(word, 'latin1'))))]),
  ]
  const edits: fc.Arbitrary<Edit>[] = [
    fc.record({ kind: fc.constantFrom('flip', 'set'), at, value: fc.integer({ min: 0, max: 255 }) }),
    fc.record({ kind: fc.constantFrom('insert', 'overwrite'), at, bytes: fc.oneof(...inserted) }),
    fc.record({ kind: fc.constantFrom('remove', 'cut'), at, size }),
    fc.record({ kind: fc.constant('copy' as const), at, from: at, size, times: fc.constantFrom(1, 2, 50) }),
  ]
  const json = fc.record({ kind: fc.constant('json' as const), at, value: fc.constantFrom(...ODD_VALUES) })
  const bytes = fc.array(fc.oneof(...edits), { minLength: 1, maxLength: 6 })
  if (!isJson) return bytes
  // A byte that is wrong mostly ends in the parser; a value that is wrong goes further.
  return fc.oneof(
    { weight: 3, arbitrary: fc.array(json, { minLength: 1, maxLength: 2 }) },
    { weight: 1, arbitrary: bytes },
  )
}

export function applyEdits(file: Uint8Array, edits: readonly Edit[]): Uint8Array {
  return edits.reduce(applyEdit, file)
}

function applyEdit(file: Uint8Array, edit: Edit): Uint8Array {
  const at = Math.floor(edit.at * file.length)
  const splice = (removed: number, ...parts: readonly Uint8Array[]): Uint8Array =>
    Buffer.concat([file.subarray(0, at), ...parts, file.subarray(Math.min(file.length, at + removed))])
  switch (edit.kind) {
    case 'flip':
      return splice(1, Uint8Array.of((file[at] ?? 0) ^ (1 << (edit.value & 7))))
    case 'set':
      return splice(1, Uint8Array.of(edit.value))
    case 'insert':
      return splice(0, edit.bytes)
    case 'overwrite':
      return splice(edit.bytes.length, edit.bytes)
    case 'remove':
      return splice(edit.size)
    case 'cut':
      return file.subarray(0, at)
    case 'copy': {
      const from = Math.floor(edit.from * file.length)
      const part = file.subarray(from, from + edit.size)
      return splice(0, ...new Array<Uint8Array>(edit.times).fill(part))
    }
    case 'json':
      return editJson(file, edit.at, edit.value)
  }
}

/** Puts a text in the place of one value: a leaf, a list or an object. */
function editJson(file: Uint8Array, at: number, value: string): Uint8Array {
  try {
    return replaceValue(JSON.parse(Buffer.from(file).toString('utf8')), at, value)
  } catch (error) {
    // Damaged already, or deeper than this can walk.
    if (error instanceof SyntaxError || error instanceof RangeError) return file
    throw error
  }
}

function replaceValue(root: unknown, at: number, value: string): Uint8Array {
  const places: { readonly owner: Record<string, unknown>; readonly key: string }[] = []
  const visit = (owner: unknown): void => {
    if (typeof owner !== 'object' || owner === null) return
    for (const key of Object.keys(owner)) {
      places.push({ owner: owner as Record<string, unknown>, key })
      visit((owner as Record<string, unknown>)[key])
    }
  }
  visit(root)
  if (places.length === 0) return Buffer.from(value)
  const { owner, key } = places[Math.floor(at * places.length)]!
  const mark = 'THE VALUE THAT IS CHANGED'
  owner[key] = mark
  return Buffer.from(JSON.stringify(root).replace(JSON.stringify(mark), () => value))
}
