/** SystemVerilog as tokens with their places; comments, directives and what `ifdef`s guard are left out. */

export interface Token {
  /** A macro is one that is used: what it stands for is not known. */
  readonly kind: 'name' | 'number' | 'string' | 'symbol' | 'macro'
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
    // A directive takes its line, and a macro's body the lines that it goes on in.
    /`(?<directive>define|undef|include|ifdef|ifndef|elsif|else|endif|timescale|default_nettype|celldefine|endcelldefine|resetall|line|pragma|begin_keywords|end_keywords|unconnected_drive|nounconnected_drive)\b(?<rest>(?:\\\r?\n|[^\n])*)/
      .source,
    /(?<macro>`\w+)/.source,
    /(?<string>"(?:[^"\\]|\\[\s\S])*")/.source,
    /(?<number>(?:\d[\d_]*\s*)?'[sS]?[bBoOdDhH]\s*[\da-fA-FxXzZ_?]+|'[01xXzZ]|\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?)/
      .source,
    /(?<name>[$A-Za-z_][\w$]*|\\\S+)/.source,
    `(?<symbol>${symbols.map((text) => text.replace(/[^\w]/g, '\\$&')).join('|')}|[^\\s])`,
  ].join('|'),
  'g',
)

/** Defined by synthesis, and by nothing else. */
const SYNTHESIS = 'SYNTHESIS'
const FORK = `ifdef ${SYNTHESIS}`

/** The tokens of a file. What a condition of the preprocessor guards is left out, but for what `ifdef SYNTHESIS` keeps for simulators, and for a guard of the whole file. */
export function readTokens(source: string): readonly Token[] {
  const tokens: Token[] = []
  /** Names of the conditions that are open. */
  const guards: string[] = []
  for (const match of source.matchAll(pattern)) {
    const { directive, rest = '', ...kinds } = match.groups as Record<string, string | undefined>
    if (directive !== undefined) {
      const [name = ''] = rest.trim().split(/\s+/)
      if (directive === 'ifdef' || directive === 'ifndef') guards.push(name)
      if (directive === 'ifdef' && name === SYNTHESIS) guards.splice(-1, 1, FORK)
      // No simulator defines it: behind the form for synthesis stands the one that tests run.
      if (directive === 'else' && guards.at(-1) === FORK) guards.splice(-1, 1, '')
      // `ifndef NAME` before `define NAME` keeps a file from being read twice.
      if (directive === 'define' && tokens.length === 0 && guards.at(-1) === name) guards.splice(-1, 1, '')
      if (directive === 'endif') guards.pop()
      continue
    }
    if (guards.some((name) => name !== '')) continue
    const found = Object.entries(kinds).find(([, text]) => text !== undefined)
    if (found === undefined) continue
    const [kind, text] = found as [Token['kind'], string]
    tokens.push({ kind, text, start: match.index, end: match.index + text.length })
  }
  return tokens
}
