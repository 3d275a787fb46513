/** This file defines the error of a tool that is missing or failed, with the tool's messages. */

/** One message of Verilator or the compiler, with the place it names. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning'
  readonly file: string | null
  readonly line: number | null
  readonly column: number | null
  readonly message: string
}

export interface ToolFailure {
  readonly tool: string
  readonly output?: string
  readonly diagnostics?: readonly Diagnostic[]
  readonly cause?: unknown
}

/** A tool is missing or failed (Verilator, the C++ compiler, a child process). The command line exits with 3. */
export class ToolError extends Error {
  override readonly name = 'ToolError'
  readonly exitCode = 3
  readonly tool: string
  /** Everything that the tool printed. */
  readonly output: string
  readonly diagnostics: readonly Diagnostic[]

  constructor(message: string, failure: ToolFailure) {
    super(message, failure.cause === undefined ? undefined : { cause: failure.cause })
    this.tool = failure.tool
    this.output = failure.output ?? ''
    this.diagnostics = failure.diagnostics ?? []
    hideDetails(this)
  }
}

/** The message says it all: who prints every field of an error, as vitest does, is spared the rest. */
export function hideDetails(error: ToolError): void {
  for (const name of ['output', 'diagnostics'] as const)
    Object.defineProperty(error, name, { value: error[name], enumerable: false })
}
