/** What a model is built from, what comes of it, and the tools that do it. */
import * as v from 'valibot'
import { type Checked, openObject } from '../../input/schema.ts'
import type { Diagnostic } from '../../input/tool-error.ts'
import type { Environment } from '../../process/environment.ts'
import type { ModuleInterface } from '../boundary/module-interface.ts'
import type { CompiledFor, Target } from './target.ts'

export type ParameterValue = number | bigint | boolean | string

/** Standards of the IEEE. */
export const LANGUAGES = [
  ...(['1364-1995', '1364-2001', '1364-2005'] as const),
  ...(['1800-2005', '1800-2009', '1800-2012', '1800-2017', '1800-2023'] as const),
] as const
export type Language = (typeof LANGUAGES)[number]

/** Which RTL, elaborated how. */
export interface ModelSource {
  /** Name of the top module. */
  readonly top: string
  /**
   * SystemVerilog files, packages first; relative to the working directory. `.v` files are Verilog-2005 unless `language` says
   * otherwise. C and C++ files (`.c`, `.cc`, `.cpp`, `.cxx`) hold what the RTL imports by DPI, as do `.o`, `.a` and `.so`.
   */
  readonly sources: readonly string[]
  /** Of all HDL files, whatever they are called. Default: that of their endings. */
  readonly language?: Language
  /** Where `include`d files and modules that `sources` leaves out are looked for. */
  readonly includeDirs?: readonly string[]
  readonly parameters?: Readonly<Record<string, ParameterValue>>
  /**
   * Build with delays, `wait` and clocks of the RTL's own, which are ignored or refused otherwise. `period` is the time that a cycle
   * takes, of the first of several clocks; default `10ns`.
   */
  readonly timing?: boolean | { readonly period: string }
  /** Preprocessor macros; an empty text defines a name only. */
  readonly defines?: Readonly<Record<string, string>>
}

export interface BuildOptions extends ModelSource {
  /** Icarus is slower by far, and four-state: see docs/own-rtl.md. Default `verilator`. */
  readonly simulator?: 'verilator' | 'icarus'
  /** Build with FST waveforms. Slower by half and more. */
  readonly trace?: boolean
  /** Count lines, branches and toggles: see `assay coverage`. */
  readonly coverage?: boolean
  /** Give registers without a reset value, and `x`, seeded random values instead of zeros. */
  readonly randomiseUnknowns?: boolean
  /** Write the types of the ports to this file, when it does not say the same already: see `generatePortTypes`. */
  readonly portTypes?: string
  /**
   * What becomes of Verilator's warnings of likely mistakes: missing pins, cut values, latches, signals without a driver. `show`
   * (the default) tells them when a model is built, `error` refuses such a model.
   */
  readonly warnings?: 'show' | 'error' | 'ignore'
  /** Further flags of Verilator. */
  readonly verilatorFlags?: readonly string[]
  /** Further flags of the compiler for the C and C++ files among the sources. */
  readonly cFlags?: readonly string[]
  /** Further words of the linker, for libraries that they need: `['-lm']`. */
  readonly ldFlags?: readonly string[]
  /** Default: `ASSAY_CACHE` of the environment, or `build/cache/verilator` in the working directory. */
  readonly cacheDir?: string
  /** Build once in this process, whatever the cache holds, and keep that. */
  readonly fresh?: boolean
  /** Default: that of this process, read as the build begins. */
  readonly environment?: Environment
}

/** Options with what the surroundings decide in its place. */
export type SettledOptions = BuildOptions & Required<Pick<BuildOptions, 'cacheDir' | 'environment'>>

/** A compiled model. */
export interface BuiltModel {
  readonly top: string
  /** SHA-256 of everything that is compiled. */
  readonly key: string
  /** SHA-256 of what decides results: the same for models that differ in nothing but the places that their messages name. */
  readonly meaning: string
  /** Path of the shared library. */
  readonly library: string
  readonly module: ModuleInterface
  readonly trace: boolean
  readonly coverage: boolean
  /** Whether it has delays. */
  readonly timing: boolean
  /** The CPU that it was compiled for: `requireCpu` looks before it is opened. */
  readonly cpu: CompiledFor
  /** Every file that the tool read: the sources and what they include. */
  readonly inputs: readonly { readonly path: string; readonly sha256: string }[]
  /** What Verilator warned of. */
  readonly warnings: readonly Diagnostic[]
}

export const buildInput = openObject({ path: v.string(), sha256: v.string() })
export type BuildInput = Checked<typeof buildInput>

/** What the tools say of themselves. */
export const toolFacts = openObject({
  verilator: openObject({
    version: v.number(),
    banner: v.string(),
    root: v.string(),
    /** The program that runs behind whatever is called `verilator`. */
    binary: v.string(),
    /** What keeps its passes from changing results: see sound-flags.ts. */
    flags: v.array(v.string()),
  }),
  /** How it is called, and what it can do: see probe-compiler.ts. */
  compiler: openObject({
    words: v.array(v.string()),
    banner: v.string(),
    flags: v.array(v.string()),
    linkFlags: v.array(v.string()),
    /** What every program is linked with. */
    libraries: v.array(v.string()),
    /** Whether the linker sends a call elsewhere (`--wrap`). */
    wraps: v.boolean(),
    /** Whether a precompiled header serves after it was moved. */
    movesHeaders: v.boolean(),
  }),
  /** Path of ccache, or null where there is none. */
  ccache: v.nullable(v.string()),
  /** Names of the CPU targets that the compiler can do: see target.ts. */
  targets: v.array(v.string()),
  /** SHA-256 of the programs and of Verilator's library, of their banners, and of the variables that they obey. */
  identity: v.string(),
})
export type ToolFacts = Checked<typeof toolFacts>

/** What is installed here. */
export interface Tools extends ToolFacts {
  /** The CPU that models are compiled for. */
  readonly target: Target
}
