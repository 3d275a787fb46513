/** How the bridge evaluates a model between two edges: by the generated class, or by less where that does the same. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { modelClass } from './names.ts'

const root = `${modelClass}___024root`

/**
 * - `wrapped`: the generated class, always right.
 * - `root`: the evaluation of its root, without what surrounds it.
 * - `steps`: the steps of that, in a loop that skips what such a model does not have.
 */
export type Evaluation =
  | { readonly kind: 'wrapped' }
  | { readonly kind: 'root' }
  | {
      readonly kind: 'steps'
      /** Whether a trigger has an edge, as C++, in their order. */
      readonly triggers: readonly string[]
      /** Of which signals the last value is kept, to see edges. */
      readonly signals: readonly string[]
      /** Whether logic lies between inputs and outputs or clocks. */
      readonly hasInputs: boolean
      /** What is called when the model does not settle, as C++, and after how many rounds. */
      readonly fatal: string
      readonly limit: string
    }

/** Reads which evaluation the C++ in a folder of Verilator's output allows. @param timing a model with processes that wait for times */
export async function readEvaluation(folder: string, timing = false): Promise<Evaluation> {
  if (timing) return { kind: 'wrapped' }
  const names = (await readdir(folder)).filter(
    (name) => /\.(h|cpp)$/.test(name) && !/__(Slow|Syms)/.test(name),
  )
  const texts = await Promise.all(names.sort().map((name) => readFile(join(folder, name), 'utf8')))
  return findEvaluation(texts.join('\n'))
}

const classStep =
  'if (VL_UNLIKELY(!vlSymsp->__Vm_didInit)) { vlSymsp->__Vm_didInit = true; eval_static(&(vlSymsp->TOP)); ' +
  'eval_initial(&(vlSymsp->TOP)); eval_settle(&(vlSymsp->TOP)); } Verilated::mtaskId(0); eval(&(vlSymsp->TOP)); ' +
  'Verilated::endOfThreadMTask(vlSymsp->__Vm_evalMsgQp); Verilated::endOfEval(vlSymsp->__Vm_evalMsgQp);'

/** The region of inputs. It runs once where `firstOnly` is its trigger. */
const inputLoop =
  'vlSelf->__VicoIterCount = 0U; __VicoContinue = 1U; while (__VicoContinue) { __VicoContinue = 0U; ' +
  'eval_triggers__ico(vlSelf); if (vlSelf->__VicoTriggered.any()) { __VicoContinue = 1U; ' +
  'if (VL_UNLIKELY((LIMIT < vlSelf->__VicoIterCount))) { FATAL } ' +
  'vlSelf->__VicoIterCount = ((IData)(1U) + vlSelf->__VicoIterCount); eval_ico(vlSelf); } } '
const firstOnly = 'vlSelf->__VicoTriggered.at(0U) = (0U == vlSelf->__VicoIterCount);'

/** The active region, then that of nonblocking assignments, until no clock has an edge. */
const edgeLoop =
  '__VnbaIterCount = 0U; __VnbaContinue = 1U; while (__VnbaContinue) { __VnbaContinue = 0U; ' +
  'vlSelf->__VnbaTriggered.clear(); vlSelf->__VactIterCount = 0U; vlSelf->__VactContinue = 1U; ' +
  'while (vlSelf->__VactContinue) { vlSelf->__VactContinue = 0U; eval_triggers__act(vlSelf); ' +
  'if (vlSelf->__VactTriggered.any()) { vlSelf->__VactContinue = 1U; ' +
  'if (VL_UNLIKELY((LIMIT < vlSelf->__VactIterCount))) { FATAL } ' +
  'vlSelf->__VactIterCount = ((IData)(1U) + vlSelf->__VactIterCount); ' +
  '__VpreTriggered.andNot(vlSelf->__VactTriggered, vlSelf->__VnbaTriggered); ' +
  'vlSelf->__VnbaTriggered.set(vlSelf->__VactTriggered); eval_act(vlSelf); } } ' +
  'if (vlSelf->__VnbaTriggered.any()) { __VnbaContinue = 1U; ' +
  'if (VL_UNLIKELY((LIMIT < __VnbaIterCount))) { FATAL } ' +
  '__VnbaIterCount = ((IData)(1U) + __VnbaIterCount); eval_nba(vlSelf); } }'

/**
 * Compares the generated C++ word by word with what Verilator 5.006 writes for models of which each evaluation is known
 * to do the same. What is not as expected gets an evaluation that does more: it may be of another version, have
 * waveforms, threads, delays, events or logic of the active region.
 *
 * @param code text of the generated files
 */
export function findEvaluation(code: string): Evaluation {
  const step = bodyOf(code, `void ${modelClass}::eval_step\\(\\)`)
  if (step !== classStep || !code.includes('void eval() { eval_step(); }')) return { kind: 'wrapped' }
  const [evaluation, active, triggers, inputs] = [
    'eval',
    'eval_act',
    'eval_triggers__act',
    'eval_triggers__ico',
  ].map((name) => bodyOf(code, `void ${root}___${name}\\(${root}\\* vlSelf\\)`))
  const failures = [
    ...(evaluation ?? '').matchAll(
      /\((0x[0-9a-f]+U) < [\w>-]+\)\)\) \{ (VL_FATAL_MT\("(?:[^"\\]|\\.)*", \d+, "", "[\w ]+\."\);) \}/g,
    ),
  ]
  const { 1: limit = '', 2: fatal = '' } = failures.at(-1) ?? []
  const loops = (evaluation ?? '')
    .replace(/^(?:[\w/*:<>]+ \w+; )*/, '')
    .replaceAll(/VL_FATAL_MT\("(?:[^"\\]|\\.)*", \d+, "", "[\w ]+\."\);/g, 'FATAL')
    .replaceAll(`(${limit} < `, '(LIMIT < ')
  const hasInputs = inputs !== null
  const edges = triggers == null ? null : readEdges(triggers)
  return loops === (hasInputs ? inputLoop : '') + edgeLoop &&
    active === '' &&
    (!hasInputs || inputs === firstOnly) &&
    edges !== null
    ? { kind: 'steps', ...edges, hasInputs, fatal, limit }
    : { kind: 'root' }
}

/** The body of a function without comments, what is for debugging, and names' common beginning; null where there is not one. */
function bodyOf(code: string, head: string): string | null {
  const [found, ...others] = code.matchAll(
    new RegExp(String.raw`^(?:VL_INLINE_OPT )?${head} \{\n([\s\S]*?)^\}`, 'gm'),
  )
  if (found === undefined || others.length > 0) return null
  return found[1]!
    .replaceAll(/^#ifdef VL_DEBUG\n[\s\S]*?^#endif.*\n/gm, '')
    .replaceAll(/^ *VL_DEBUG_IF\(.*\);?\n|^ *\/\/.*\n/gm, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace('if (false && vlSelf) {}  // Prevent unused ', '')
    .replace(`${modelClass}__Syms* const __restrict vlSymsp VL_ATTR_UNUSED = vlSelf->vlSymsp; `, '')
    .replaceAll(`${root}___`, '')
    .trim()
}

const now = (name: string) => String.raw`\(IData\)\(vlSelf->(?<${name}>\w+)\)`
const before = (name: string) => String.raw`\(IData\)\(vlSelf->__Vtrigrprev__TOP__\k<${name}>\)`
const EDGE = new RegExp(
  [
    String.raw`\(${now('rising')} & \(~ ${before('rising')}\)\)`,
    String.raw`\(\(~ ${now('falling')}\) & ${before('falling')}\)`,
    String.raw`\(${now('any')} (?:\^|!=) ${before('any')}\)`,
  ].join('|'),
  'g',
)

/**
 * The triggers and the signals that they look at; null where a second look, with nothing changed in between, might find something: each
 * trigger has to be an edge of signals whose values are kept then.
 */
function readEdges(code: string): { triggers: readonly string[]; signals: readonly string[] } | null {
  const triggers: string[] = []
  const looked = new Set<string>()
  const kept = new Set<string>()
  for (const statement of code.split(/(?<=;) /).filter((text) => text !== '')) {
    const trigger = /^vlSelf->__VactTriggered\.at\((\d+|0x[0-9a-f]+)U\) = (.*);$/.exec(statement)
    const keeps = /^vlSelf->__Vtrigrprev__TOP__(\w+) = vlSelf->(\w+);$/.exec(statement)
    if (keeps !== null && keeps[1] === keeps[2]) kept.add(keeps[1]!)
    else if (trigger === null || kept.size > 0 || Number(trigger[1]) !== triggers.length) return null
    else if (reduceEdges(trigger[2]!, looked) !== 'EDGE') return null
    else triggers.push(trigger[2]!)
  }
  const isKept = [...looked].every((signal) => kept.has(signal))
  return isKept ? { triggers, signals: [...kept] } : null
}

/** Edges, and one edge or another, become the word EDGE. */
function reduceEdges(trigger: string, signals: Set<string>): string {
  let text = trigger.replaceAll(EDGE, (_, ...names: (string | undefined)[]) => {
    signals.add(names[0] ?? names[1] ?? names[2]!)
    return 'EDGE'
  })
  for (let last = ''; text !== last; ) {
    last = text
    text = text.replaceAll('(EDGE | EDGE)', 'EDGE')
  }
  return text
}

/** The C++ of `assay_step`, which does what `eval` does for a model that has been evaluated before. */
export function generateEvaluation(evaluation: Evaluation): string {
  const declare = (name: string) => `void ${root}___${name}(${root}* vlSelf);`
  const run = (name: string) => `${root}___${name}(vlSelf);`
  const top = `    auto* const vlSelf = static_cast<${modelClass}*>(model)->rootp;`
  const head = [
    '// Generated for one model.',
    `#include "${modelClass}.h"`,
    `#include "${root}.h"`,
    'void assay_step(void* model);',
  ]
  const lines = (): readonly string[] => {
    if (evaluation.kind === 'wrapped')
      return [`void assay_step(void* model) { static_cast<${modelClass}*>(model)->eval(); }`]
    if (evaluation.kind === 'root')
      return [declare('eval'), 'void assay_step(void* model) {', top, `    ${run('eval')}`, '}']
    const { triggers, signals, hasInputs, limit, fatal } = evaluation
    return [
      ...['eval_nba', ...(hasInputs ? ['eval_ico'] : [])].map(declare),
      `__attribute__((always_inline)) static inline bool triggered(${root}* vlSelf) {`,
      // In registers of the CPU: most looks find nothing.
      ...triggers.map((edge, i) => `    const bool edge${i} = ${edge};`),
      ...signals.map((name) => `    vlSelf->__Vtrigrprev__TOP__${name} = vlSelf->${name};`),
      `    if (!(${['false', ...triggers.map((_, i) => `edge${i}`)].join(' | ')})) return false;`,
      ...triggers.map((_, i) => `    vlSelf->__VnbaTriggered.at(${i}) = edge${i};`),
      '    return true;',
      '}',
      'void assay_step(void* model) {',
      top,
      ...(hasInputs ? ['    vlSelf->__VicoTriggered.at(0U) = true;', `    ${run('eval_ico')}`] : []),
      '    for (uint32_t round = 0; triggered(vlSelf); ++round) {',
      `        if (VL_UNLIKELY(${limit} < round)) { ${fatal} }`,
      `        ${run('eval_nba')}`,
      '    }',
      '}',
    ]
  }
  return [...head, ...lines(), ''].join('\n')
}
