/** Where the tensors of an accelerator lie in its memories, and the program of its registers: as data, for C and for SystemVerilog. */

/** A memory behind a bus. */
export interface MemorySpan {
  readonly bus: string
  /** Address of its first byte. */
  readonly base: number
  readonly bytes: number
  /** The bytes as files, by their format, and the SHA-256 of the bytes themselves. */
  readonly files: Readonly<Record<string, string>>
  readonly sha256: string
}

/** A tensor, or what else lies in a memory. */
export interface AddressedRegion {
  readonly name: string
  /** The layer whose tensor it is; null of what belongs to all. */
  readonly layer: string | null
  readonly tensor: string | null
  /** Of an input: the tensor of the network that lies here. */
  readonly source?: string
  readonly bus: string
  readonly address: number
  readonly bytes: number
  /** Axes from the slowest to the fastest, lanes of a word, bits of a lane; of a tensor only. */
  readonly order?: string
  readonly lanes?: number
  readonly bits?: number
}

/** A register that is written, or read until `(value & mask) === equals`. */
export type AddressedStep = { readonly bus: string } & (
  | { readonly write: number; readonly value: number }
  | { readonly poll: number; readonly mask?: number; readonly equals: number; readonly withinCycles?: number }
)

export interface AddressMap {
  readonly format: 'assay memory map'
  readonly version: 1
  /** The top module. */
  readonly module: string
  readonly layers: readonly string[]
  readonly memories: readonly MemorySpan[]
  readonly regions: readonly AddressedRegion[]
  readonly program: readonly AddressedStep[]
}

/** `AXI_CONV_MODEL_0_WEIGHTS` of C and SystemVerilog. A name that comes twice has a number. */
function nameAll<Part>(parts: readonly Part[], nameOf: (part: Part) => string): ReadonlyMap<Part, string> {
  const taken = new Set<string>()
  return new Map(
    parts.map((part) => {
      const plain = nameOf(part)
        .replaceAll(/[^A-Za-z0-9]+/g, '_')
        .toUpperCase()
      let name = plain
      for (let turn = 2; taken.has(name); turn++) name = `${plain}_${turn}`
      taken.add(name)
      return [part, name]
    }),
  )
}

const word = (name: string): string => name.replaceAll(/[^A-Za-z0-9]+/g, '_').toLowerCase()

/** Constants of a map, in order: memories, and regions. */
function constants({ module, memories, regions }: AddressMap): readonly (readonly [string, number])[] {
  const nameOf = (part: MemorySpan | AddressedRegion): string => {
    const own = 'name' in part ? [...(part.layer === null ? [] : [part.layer]), part.name] : [part.bus]
    return [module, ...own].join('_')
  }
  return [...nameAll<MemorySpan | AddressedRegion>([...memories, ...regions], nameOf)].flatMap(
    ([part, name]) => [
      [`${name}_${'base' in part ? 'BASE' : 'ADDRESS'}`, 'base' in part ? part.base : part.address] as const,
      [`${name}_BYTES`, part.bytes] as const,
    ],
  )
}

/** A value of up to 64 bits, in two's complement below 0. */
const digits = (value: number): string => BigInt.asUintN(64, BigInt(value)).toString(16)
const ALL = 0xffff_ffff

interface PlainStep {
  readonly bus: string
  readonly isPoll: boolean
  readonly address: number
  readonly value: number
  readonly mask: number
}

const plainSteps = ({ program }: AddressMap): readonly PlainStep[] =>
  program.map((step) =>
    'write' in step
      ? { bus: step.bus, isPoll: false, address: step.write, value: step.value, mask: ALL }
      : { bus: step.bus, isPoll: true, address: step.poll, value: step.equals, mask: step.mask ?? ALL },
  )

/** C99: addresses and sizes as macros, and the program as an array of steps. */
export function renderHeader(map: AddressMap): string {
  const own = word(map.module)
  const guard = `${own.toUpperCase()}_MEMORY_H`
  const buses = [...new Set(map.program.map(({ bus }) => bus))]
  const steps = plainSteps(map).map(({ bus, isPoll, address, value, mask }) => {
    const numbers = [address, value, mask].map((number) => `UINT64_C(0x${digits(number)})`)
    return `  { ${buses.indexOf(bus)}, ${Number(isPoll)}, ${numbers.join(', ')} },`
  })
  return [
    `/* Memory map and program of ${map.module}. Written by assay roms; memory.json says the same. */`,
    `#ifndef ${guard}`,
    `#define ${guard}`,
    '#include <stdint.h>',
    '',
    ...constants(map).map(([name, value]) => `#define ${name} UINT64_C(0x${digits(value)})`),
    '',
    '/* Write value to address; or, with poll, read until (read & mask) == value. */',
    `struct ${own}_step {`,
    `  uint8_t bus; /* ${buses.map((bus, index) => `${index} ${bus}`).join(', ')} */`,
    '  uint8_t poll;',
    '  uint64_t address, value, mask;',
    '};',
    `#define ${own.toUpperCase()}_STEPS ${steps.length}`,
    `static const struct ${own}_step ${own}_program[${own.toUpperCase()}_STEPS] = {`,
    ...steps,
    '};',
    '#endif',
    '',
  ].join('\n')
}

/** A package of constants; a step of the program is `{poll, bus, address, value, mask}`, poll in its highest bit; the first step is in the lowest bits. */
export function renderPackage(map: AddressMap): string {
  const own = word(map.module)
  const buses = [...new Set(map.program.map(({ bus }) => bus))]
  const steps = plainSteps(map)
  const literal = (value: number): string => `64'h${digits(value)}`
  return [
    `// Memory map and program of ${map.module}. Written by assay roms; memory.json says the same.`,
    '// verilator lint_off UNUSEDPARAM',
    `package ${own}_memory_pkg;`,
    ...constants(map).map(([name, value]) => `  localparam logic [63:0] ${name} = ${literal(value)};`),
    '',
    `  // Step n is bits 200*n +: 200: {poll [0], bus [6:0] (${buses.map((bus, index) => `${index} ${bus}`).join(', ')}), address, value, mask}`,
    `  localparam int STEPS = ${steps.length};`,
    '  localparam logic [200*STEPS-1:0] PROGRAM = {',
    steps
      .map(
        ({ bus, isPoll, address, value, mask }) =>
          `    1'b${Number(isPoll)}, 7'd${buses.indexOf(bus)}, ${[address, value, mask].map(literal).join(', ')}`,
      )
      .toReversed()
      .join(',\n'),
    '  };',
    'endpackage',
    '// verilator lint_on UNUSEDPARAM',
    '',
  ].join('\n')
}
