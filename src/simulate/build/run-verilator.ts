/** Starts Verilator, and says of what it refuses what can be done about it. */
import { type Diagnostic, ToolError } from '../../input/tool-error.ts'
import { hearTool } from '../../process/run-tool.ts'
import { shortPath } from './dependencies.ts'
import { VERILOG } from './source-flags.ts'
import type { ModelSource } from './types.ts'

/** Tasks of SystemVerilog that much Verilog calls, which is otherwise that of 2005. */
const SEVERITY = /unknown PLI call: '\$(error|fatal|warning|info)'/

/**
 * Where a `.v` file calls `$error` or the like, all of them are read as SystemVerilog, unless that has other faults.
 *
 * @returns what it warns of.
 * @throws ToolError when it does not accept the sources.
 */
export async function runVerilator(
  args: readonly string[],
  source: ModelSource,
): Promise<readonly Diagnostic[]> {
  try {
    return await runOnce(args, source)
  } catch (error) {
    if (!(error instanceof ToolError) || !args.includes(VERILOG) || !SEVERITY.test(error.output)) throw error
    const newer = args.filter((flag) => flag !== VERILOG)
    return runOnce(newer, source).catch((other: unknown) => {
      throw other instanceof ToolError ? error : other
    })
  }
}

async function runOnce(
  args: readonly string[],
  { top, sources }: ModelSource,
): Promise<readonly Diagnostic[]> {
  try {
    return (await hearTool('verilator', args, { files: sources.map(shortPath) })).diagnostics
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    const { output, diagnostics } = error
    const advice = advise(top, error)
    if (advice === null) throw error
    const message = advice.instead ? advice.text : `${error.message}\n${advice.text}`
    throw new ToolError(message, { tool: 'verilator', output, diagnostics })
  }
}

/** @returns what to say, after Verilator's own message or instead of it. */
function advise(
  top: string,
  { output, diagnostics }: ToolError,
): { readonly text: string; readonly instead: boolean } | null {
  if (/Interfaced port on top level/.test(output)) {
    const text = `${top} has an interface as a port, which Verilator does not take on the top: give a module around it, whose ports are the signals of the interface.`
    return { text, instead: true }
  }
  if (/-NOTIMING:/.test(output))
    return { text: 'Give timing: true, which builds with delays and waits.', instead: false }
  const plain = diagnostics.find(
    ({ file, message }) => /\.v$/.test(file ?? '') && /syntax error/.test(message),
  )
  if (plain === undefined) return null
  const text = `${plain.file} is read as Verilog-2005, by its ending: call it .sv, or give the language ('1800-2017') where it is SystemVerilog.`
  return { text, instead: false }
}
