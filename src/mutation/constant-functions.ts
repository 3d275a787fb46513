/** Functions that decide a size: they run while the model is elaborated, when no mutant can be awake. */
import type { Token } from './tokens.ts'

/** Names of the functions of a file that a parameter, a range or a generate condition calls, and of those that they call. */
export function findConstantFunctions(tokens: readonly Token[]): ReadonlySet<string> {
  const bodies = listBodies(tokens)
  const constant = new Set<string>()
  const waiting = listConstantNames(tokens)
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const body = bodies.get(name)
    if (body === undefined || constant.has(name)) continue
    constant.add(name)
    waiting.push(...body)
  }
  return constant
}

/** The names in each function. */
function listBodies(tokens: readonly Token[]): ReadonlyMap<string, readonly string[]> {
  const bodies = new Map<string, readonly string[]>()
  for (let at = 0; at < tokens.length; at++) {
    if (tokens[at]!.text !== 'function') continue
    const head = tokens.findIndex(({ text }, index) => index > at && (text === '(' || text === ';'))
    const end = tokens.findIndex(({ text }, index) => index > at && text === 'endfunction')
    if (head < 0 || end < 0) break
    bodies.set(tokens[head - 1]!.text, namesOf(tokens.slice(head, end)))
    at = end
  }
  return bodies
}

/** The names in parameters, in brackets and in the heads of generate blocks. */
function listConstantNames(tokens: readonly Token[]): string[] {
  const names: string[] = []
  let brackets = 0
  let isParameter = false
  let head = 0
  for (const [index, { kind, text }] of tokens.entries()) {
    if (text === '[') brackets++
    if (text === ']') brackets--
    if (text === 'parameter' || text === 'localparam' || text === '#') isParameter = true
    if (text === ';') isParameter = false
    if (text === '(' && (head > 0 || isHead(tokens, index))) head++
    if (text === ')' && head > 0) head--
    if (kind === 'name' && (brackets > 0 || isParameter || head > 0)) names.push(text)
  }
  return names
}

/** Of a generate `if` or `case`; one behind a process is taken for one of the process. */
function isHead(tokens: readonly Token[], open: number): boolean {
  const before = tokens[open - 1]?.text
  if (before !== 'if' && before !== 'case') return false
  // A process stands between the start of its module and here.
  for (let at = open - 2; at >= 0; at--) {
    const { text } = tokens[at]!
    if (/^(always|always_ff|always_comb|always_latch|function|task|initial|final)$/.test(text)) return false
    if (/^(module|endfunction|endtask|generate|assign)$/.test(text)) return true
  }
  return true
}

const namesOf = (tokens: readonly Token[]): readonly string[] =>
  tokens.filter(({ kind }) => kind === 'name').map(({ text }) => text)
