/** SystemVerilog as tokens with their places; comments, directives and what `ifdef`s guard are left out. */

export interface Token {
  readonly kind: 'name' | 'number' | 'string' | 'symbol'
  readonly text: string
  /** Offset in the file. */
  readonly start: number
  readonly end: number
}

const symbols = [
  '<<<=', '>>>=', '===', '!==', '==?', '!=?', '<<<', '>>>', '<<=', '>>=', '->>', '|->', '|=>',
  '==', '!=', '<=', '>=', '&&', '||', '<<', '>>', '**', '+:', '-:', '::', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=',
  '++', '--', '~&', '~|', '~^', '^~', '->', "'{",
] // biome-ignore format: a table

const pattern = new RegExp(
  [
    /\/\/[^\n]*|\/\*[\s\S]*?\*\//.source,
    /`(?<directive>\w+)[^\n]*/.source,
    /(?<string>"(?:[^"\\]|\\.)*")/.source,
    /(?<number>(?:\d[\d_]*\s*)?'[sS]?[bBoOdDhH]\s*[\da-fA-FxXzZ_?]+|'[01xXzZ]|\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?)/
      .source,
    /(?<name>[$A-Za-z_][\w$]*|\\\S+)/.source,
    `(?<symbol>${symbols.map((text) => text.replace(/[^\w]/g, '\\$&')).join('|')}|[^\\s])`,
  ].join('|'),
  'g',
)

/**
 * @throws Error for directives that change what a token means (`define` with uses is not expanded, and fails later as an
 *   unknown token).
 */
export function readTokens(source: string): readonly Token[] {
  const tokens: Token[] = []
  let guarded = 0
  for (const match of source.matchAll(pattern)) {
    const { directive, ...kinds } = match.groups as Record<string, string | undefined>
    if (directive !== undefined) {
      if (directive === 'ifdef' || directive === 'ifndef') guarded++
      if (directive === 'endif') guarded--
      continue
    }
    if (guarded > 0) continue
    const found = Object.entries(kinds).find(([, text]) => text !== undefined)
    if (found === undefined) continue
    const [kind, text] = found as [Token['kind'], string]
    tokens.push({ kind, text, start: match.index, end: match.index + text.length })
  }
  return tokens
}
