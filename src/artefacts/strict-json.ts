/** JSON whose objects have every key once: `JSON.parse` keeps the last of two and says nothing. */
import { InputError } from '../checkpoint/input-error.ts'

/** Keys and brackets; in valid JSON a text before a colon is a key. */
const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}]/g

/** @throws InputError where the text is no JSON (with its line), or names a key twice in one object. */
export function parseStrictJson(text: string, where: string, advice = 'Mend it and run again.'): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new InputError(`is not JSON: ${(cause as Error).message}.`, where, advice, { cause })
  }
  const objects: Map<string, number>[] = []
  for (const { 0: token, 1: quoted, 2: colon, index } of text.matchAll(TOKENS)) {
    if (token === '{') objects.push(new Map())
    else if (token === '}') objects.pop()
    if (colon === undefined) continue
    const key = JSON.parse(quoted!) as string
    const line = text.slice(0, index).split('\n').length
    const before = objects.at(-1)!.get(key)
    if (before !== undefined)
      throw new InputError(
        `${JSON.stringify(key)} is given twice, in lines ${before} and ${line}.`,
        where,
        'Remove one of them.',
      )
    objects.at(-1)!.set(key, line)
  }
  return value
}
