/** Ports and parameters from the JSON of newer versions of Verilator. */
import {
  keywordWidths,
  type ModuleInterface,
  type Parameter,
  type Port,
  parseConstant,
  type TypeSize,
} from '../boundary/module-interface.ts'

/** A node of Verilator's syntax tree: attributes, and lists of children under names that end in `p`. */
type TreeNode = Readonly<Record<string, unknown>>

/**
 * Reads ports and parameters from the `.tree.json` that `verilator --json-only` writes (Verilator from 5.022 on).
 *
 * @throws Error when the module is not in it.
 */
export function parsePortsJson(json: string, top: string): ModuleInterface {
  const tree = JSON.parse(json) as TreeNode
  const modules = childrenOf(tree, 'modulesp').filter((node) => node.type === 'MODULE')
  const module = modules.find((node) => node.origName === top || node.name === top)
  if (module === undefined) {
    const names = modules.map((node) => textOf(node.origName)).join(', ')
    throw new Error(`Expected module ${top} in Verilator's JSON, got ${names || 'none'}`)
  }
  const types = new Map<string, TreeNode>()
  for (const misc of childrenOf(tree, 'miscsp')) {
    for (const node of childrenOf(misc, 'typesp')) types.set(textOf(node.addr), node)
  }
  const ports: Port[] = []
  const parameters: Parameter[] = []
  for (const node of childrenOf(module, 'stmtsp')) {
    if (node.type !== 'VAR') continue
    const name = textOf(node.origName ?? node.name)
    const size = () => sizeOf(types, textOf(node.dtypep))
    const direction = textOf(node.direction ?? 'NONE').toLowerCase()
    if (direction === 'input' || direction === 'output' || direction === 'inout') {
      ports.push({ name, direction, ...size() })
    } else if (node.varType === 'GPARAM' || node.varType === 'LPARAM') {
      const { width, signed } = size()
      const constant = childrenOf(node, 'valuep').find((child) => child.type === 'CONST')
      const value = constant === undefined ? null : parseConstant(textOf(constant.name))
      parameters.push({ name, local: node.varType === 'LPARAM', width, signed, value })
    }
  }
  return { name: top, ports, parameters: alignSigns(parameters) }
}

/** Newer versions print the value of a signed parameter without its sign: the type decides, as it does in the XML. */
function alignSigns(parameters: readonly Parameter[]): readonly Parameter[] {
  return parameters.map((parameter) => {
    const { value, width, signed } = parameter
    if (typeof value !== 'number' || !signed || width > 53 || !Number.isInteger(value)) return parameter
    return { ...parameter, value: Number(BigInt.asIntN(width, BigInt(value))) }
  })
}

/** Types of types of types: beyond this they go in a circle. */
const MAX_DEPTH = 100

function sizeOf(types: ReadonlyMap<string, TreeNode>, address: string, depth = 0): TypeSize {
  if (depth > MAX_DEPTH)
    throw new Error(`Expected a data type in Verilator's type table, got a circle at ${address}`)
  const node = types.get(address)
  if (node === undefined) throw new Error(`Expected data type ${address} in Verilator's type table, got none`)
  const sub = () => sizeOf(types, textOf(node.refDTypep), depth + 1)
  switch (node.type) {
    case 'BASICDTYPE': {
      const range = /^(-?\d+):(-?\d+)$/.exec(textOf(node.range ?? ''))
      const width =
        range === null
          ? (keywordWidths[textOf(node.keyword)] ?? 1)
          : Math.abs(Number(range[1]) - Number(range[2])) + 1
      return { width, signed: node.signed === true, elements: null }
    }
    case 'PACKARRAYDTYPE':
      return { width: rangeLength(node) * sub().width, signed: false, elements: null }
    case 'UNPACKARRAYDTYPE': {
      const element = sub()
      return { ...element, elements: rangeLength(node) * (element.elements ?? 1) }
    }
    case 'STRUCTDTYPE': {
      const widths = memberWidths(types, node, depth)
      return { width: widths.reduce((sum, width) => sum + width, 0), signed: false, elements: null }
    }
    case 'UNIONDTYPE':
      return { width: Math.max(...memberWidths(types, node, depth)), signed: false, elements: null }
    case 'ENUMDTYPE':
    case 'REFDTYPE':
    case 'CONSTDTYPE':
    case 'MEMBERDTYPE':
      return sub()
    default:
      throw new Error(
        `Expected a packed or unpacked data type of a port, got ${textOf(node.type)} (${address})`,
      )
  }
}

function memberWidths(
  types: ReadonlyMap<string, TreeNode>,
  node: TreeNode,
  depth: number,
): readonly number[] {
  return childrenOf(node, 'membersp').map(
    (member) => sizeOf(types, textOf(member.refDTypep), depth + 1).width,
  )
}

function rangeLength(node: TreeNode): number {
  const range = /^\[(-?\d+):(-?\d+)\]$/.exec(textOf(node.declRange ?? ''))
  if (range === null) throw new Error(`Expected two bounds of an array, got ${textOf(node.declRange)}`)
  return Math.abs(Number(range[1]) - Number(range[2])) + 1
}

function childrenOf(node: TreeNode, name: string): readonly TreeNode[] {
  const children = typeof node === 'object' && node !== null ? node[name] : null
  if (!Array.isArray(children)) return []
  return children.filter((child): child is TreeNode => typeof child === 'object' && child !== null)
}

/** An attribute; of anything but a text or a number, nothing. */
const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : ''
