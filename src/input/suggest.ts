/** This file suggests the known word that a person may have meant by an unknown one. */
import { closest, distance } from 'fastest-levenshtein'

/** Returns `Did you mean …?` if a known word is close, else nothing. */
export function suggest(word: string, known: readonly string[]): string {
  if (known.length === 0) return ''
  const nearest = closest(word, known)
  return distance(word, nearest) <= Math.max(1, Math.ceil(nearest.length / 3))
    ? `Did you mean ${nearest}?`
    : ''
}
