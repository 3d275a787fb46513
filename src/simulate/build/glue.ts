/** The C++ between a model that Verilator has made and the bridge. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModuleInterface } from '../boundary/module-interface.ts'
import { memberName, modelClass } from './names.ts'

/**
 * C and C++ that the RTL calls: what it reads is in no key. From Verilator's output, and, for `$c` and its like, which leave no trace there, from the
 * text of the sources: one in a comment costs a run, one that is missed could cost the truth.
 */
export async function findForeignCode(folder: string, sources: readonly string[]): Promise<string | null> {
  const dpi = await readFile(join(folder, `${modelClass}__Dpi.h`), 'utf8').catch(() => '')
  if (/^ *\/\/ DPI import /m.test(dpi)) return 'DPI'
  for (const path of sources)
    if (/\$c(pure)?\d*\s*\(|`systemc_/.test(await readFile(path, 'latin1'))) return '$c'
  return null
}

/** State of a model that is more than plain memory, as Verilator's headers declare it. */
export interface ModelState {
  /** Members of the root class that are strings. */
  readonly strings: readonly string[]
}

/** Objects with memory of their own, in which a snapshot of the model's pages would be incomplete. */
const OWN_MEMORY =
  /\b(VlQueue|VlAssocArray|VlClassRef|VlClass|VlDelayScheduler|VlTriggerScheduler|VlForkSync)\b/

/** What the headers in a folder of Verilator's output say of a model's state; null where it cannot be kept in a snapshot. */
export async function readModelState(folder: string): Promise<ModelState | null> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(modelClass) && name.endsWith('.h'))
  const strings: string[] = []
  for (const name of names) {
    const text = await readFile(join(folder, name), 'utf8')
    if (OWN_MEMORY.test(text)) return null
    const own = [...text.matchAll(/^ +std::string (\w+);$/gm)].map((match) => match[1]!)
    const all = text.match(/std::string\b(?! *[&*])/g) ?? []
    if (all.length > own.length || (own.length > 0 && name !== `${modelClass}___024root.h`)) return null
    strings.push(...own)
  }
  return { strings }
}

/**
 * The C++ that ties one model to the generic bridge: how to make it, run it, and where its ports lie.
 * @param state null: the model has no snapshots.
 * @param foreign code that the RTL calls: what it reads is noted as unknown.
 * @param timing it has processes that wait for times
 * @param reserved names that Verilator has put aside: see `readPortMembers`.
 */
export function generateGlue(
  module: ModuleInterface,
  trace: boolean,
  state: ModelState | null,
  foreign: string | null,
  reserved: ReadonlySet<string>,
  timing = false,
): string {
  const type = modelClass
  const lines = module.ports.map(
    ({ name, width, elements }, index) =>
      `    ports[${index}] = {&root->${memberName(name, reserved)}, ${width}u, ${elements ?? 1}u};`,
  )
  const tracing = [
    'void* open_trace(void* model, const char* file) {',
    '    auto* const trace = new VerilatedFstC;',
    `    static_cast<${type}*>(model)->trace(trace, 99);`,
    '    trace->open(file);',
    '    return trace;',
    '}',
    'void dump_trace(void* trace, uint64_t time) { static_cast<VerilatedFstC*>(trace)->dump(time); }',
    'void close_trace(void* trace) {',
    '    static_cast<VerilatedFstC*>(trace)->close();',
    '    delete static_cast<VerilatedFstC*>(trace);',
    '}',
    // What has not changed since the last dump is behind these flags; a small model has none.
    'template <typename Root> auto mark(Root* root, int) -> decltype((void)root->__Vm_traceActivity) {',
    '    std::memset(&root->__Vm_traceActivity, 1, sizeof root->__Vm_traceActivity);',
    '}',
    'template <typename Root> void mark(Root*, long) {}',
    `void trace_all(void* model) { mark(static_cast<${type}*>(model)->rootp, 0); }`,
  ]
  const strings = state?.strings ?? []
  return [
    '// Generated for one model.',
    '#include "bridge.h"',
    `#include "${type}.h"`,
    `#include "${type}___024root.h"`,
    '#include <cstring>',
    '// evaluation.cpp',
    'void assay_step(void* model);',
    'namespace {',
    `void* create(VerilatedContext* context) { return new ${type}{context, "TOP"}; }`,
    `void destroy(void* model) { delete static_cast<${type}*>(model); }`,
    `void eval(void* model) { static_cast<${type}*>(model)->eval(); }`,
    `void finish(void* model) { static_cast<${type}*>(model)->final(); }`,
    'void locate(void* model, AssayPort* ports) {',
    `    auto* const root = static_cast<${type}*>(model)->rootp;`,
    ...lines,
    '}',
    ...(trace ? tracing : []),
    'void list_strings(void* model, std::string** strings) {',
    `    auto* const root = static_cast<${type}*>(model)->rootp;`,
    ...strings.map((name, index) => `    strings[${index}] = &root->${name};`),
    '}',
    ...(foreign === null
      ? []
      : [`const char* opened(void*) { return "${foreign}\\x1f" "0 0 0 0\\x1f" "other\\x1e"; }`]),
    ...(timing
      ? [
          `bool is_pending(void* model) { return static_cast<${type}*>(model)->eventsPending(); }`,
          `uint64_t next_time(void* model) { return static_cast<${type}*>(model)->nextTimeSlot(); }`,
        ]
      : []),
    '}  // namespace',
    `const AssayModel assay_model = {${module.ports.length}, create, destroy, eval, assay_step, finish, locate,`,
    `    ${trace ? 'open_trace, dump_trace, close_trace, trace_all' : 'nullptr, nullptr, nullptr, nullptr'},`,
    `    ${foreign === null ? 'nullptr' : 'opened'}, ${state === null || trace ? 'nullptr' : 'list_strings'}, ${strings.length}u${timing ? ', is_pending, next_time' : ''}};`,
    '',
  ].join('\n')
}
