import type { ModuleInterface, Port } from './module-interface.ts'

/** The class that Verilator generates, whatever the module is called. */
export const modelClass = 'Vmodel'

/** The C++ that ties one model to the generic bridge: how to make it, run it, and where its ports lie. */
export function generateGlue(module: ModuleInterface, trace: boolean): string {
  const type = modelClass
  const lines = module.ports.map((port, index) => `    ports[${index}] = ${describePort(port)};`)
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
  ]
  return [
    '// Generated for one model.',
    '#include "bridge.h"',
    `#include "${type}.h"`,
    'namespace {',
    `void* create(VerilatedContext* context) { return new ${type}{context, "TOP"}; }`,
    `void destroy(void* model) { delete static_cast<${type}*>(model); }`,
    `void eval(void* model) { static_cast<${type}*>(model)->eval(); }`,
    `void finish(void* model) { static_cast<${type}*>(model)->final(); }`,
    'void locate(void* model, AssayPort* ports) {',
    `    auto* const top = static_cast<${type}*>(model);`,
    ...lines,
    '}',
    ...(trace ? tracing : []),
    '}  // namespace',
    `const AssayModel assay_model = {${module.ports.length}, create, destroy, eval, finish, locate,`,
    trace ? '    open_trace, dump_trace, close_trace, nullptr};' : '    nullptr, nullptr, nullptr, nullptr};',
    '',
  ].join('\n')
}

function describePort({ name, width, elements }: Port): string {
  return `{&top->${mangleName(name)}, ${width}u, ${elements ?? 1}u}`
}

/** A name as Verilator writes it in C++: a double underscore is its own separator, so it escapes those of others. */
export function mangleName(name: string): string {
  return name.replace(/__/g, '___05F').replace(/[^A-Za-z0-9_]/g, (character) => {
    return `__0${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  })
}
