/** Ports and parameters from the JSON of newer versions of Verilator. */
import * as v from 'valibot'
import { type Checked, check, openObject } from '../../input/schema.ts'
import { parseJson } from '../../input/strict-json.ts'
import { ToolError } from '../../input/tool-error.ts'
import {
  keywordSize,
  type ModuleInterface,
  makeParameter,
  otherSize,
  type Parameter,
  type Port,
  portSize,
  type TypeSize,
} from '../boundary/module-interface.ts'
import { decodeName } from './names.ts'

const attribute = v.optional(v.union([v.string(), v.number()]))
const keyword = v.optional(v.pipe(v.string(), v.regex(/^[a-zA-Z]\w*$/, 'a word of SystemVerilog')))
const flag = v.optional(v.boolean())
/** Each child is checked as it is looked at: the tree is the whole design. */
const children = v.optional(v.array(v.unknown()))
/** A node of Verilator's syntax tree: attributes, and lists of children under names that end in `p`. */
const NODE = openObject({
  ...{ type: attribute, name: attribute, origName: attribute, addr: attribute, dtypep: attribute },
  ...{ direction: attribute, varType: attribute, range: attribute, keyword },
  ...{ refDTypep: attribute, declRange: attribute, signed: flag, packed: flag },
  ...{ modulesp: children, miscsp: children, typesp: children, stmtsp: children },
  ...{ valuep: children, membersp: children },
})
type TreeNode = Checked<typeof NODE>
type ChildList = 'modulesp' | 'miscsp' | 'typesp' | 'stmtsp' | 'valuep' | 'membersp'

const FILE = "Verilator's JSON"
const refuse = (what: string): never => {
  throw new ToolError(what, { tool: 'verilator' })
}

/**
 * Reads ports and parameters from the `.tree.json` that `verilator --json-only` writes (Verilator from 5.022 on).
 *
 * @throws ToolError when the module is not in it; InputError when it is not as Verilator writes it.
 */
export function parsePortsJson(json: string, top: string): ModuleInterface {
  const tree = check(NODE, parseJson(json, FILE, ''), FILE)
  const modules = childrenOf(tree, 'modulesp').filter((node) => node.type === 'MODULE')
  const module = modules.find((node) => node.origName === top || node.name === top)
  if (module === undefined) {
    const names = modules.map((node) => textOf(node.origName)).join(', ')
    return refuse(`Expected module ${top} in ${FILE}, got ${names || 'none'}`)
  }
  const types = new Map<string, TreeNode>()
  for (const misc of childrenOf(tree, 'miscsp')) {
    for (const node of childrenOf(misc, 'typesp')) types.set(textOf(node.addr), node)
  }
  const ports: Port[] = []
  const parameters: Parameter[] = []
  for (const node of childrenOf(module, 'stmtsp')) {
    if (node.type !== 'VAR') continue
    const name = decodeName(textOf(node.origName ?? node.name))
    const size = () => sizeOf(types, textOf(node.dtypep))
    const direction = textOf(node.direction ?? 'NONE').toLowerCase()
    if (direction === 'input' || direction === 'output' || direction === 'inout') {
      ports.push({ name, direction, ...portSize(size(), name, top) })
    } else if (node.varType === 'GPARAM' || node.varType === 'LPARAM') {
      const constant = childrenOf(node, 'valuep').find((child) => child.type === 'CONST')
      const value = constant === undefined ? null : textOf(constant.name)
      parameters.push(makeParameter(name, node.varType === 'LPARAM', size(), value))
    }
  }
  const clocked = /"edgeType":"(POS|NEG|BOTH)"/.test(json)
  return { name: top, ports, parameters, clocked }
}

/** Types of types of types: beyond this they go in a circle. */
const MAX_DEPTH = 100

function sizeOf(types: ReadonlyMap<string, TreeNode>, address: string, depth = 0): TypeSize {
  if (depth > MAX_DEPTH)
    return refuse(`Expected a data type in Verilator's type table, got a circle at ${address}`)
  const node = types.get(address)
  if (node === undefined) return refuse(`Expected data type ${address} in Verilator's type table, got none`)
  const sub = () => sizeOf(types, textOf(node.refDTypep), depth + 1)
  switch (node.type) {
    case 'BASICDTYPE': {
      const range = /^(-?\d+):(-?\d+)$/.exec(textOf(node.range ?? ''))
      const bits = range === null ? null : Math.abs(Number(range[1]) - Number(range[2])) + 1
      return keywordSize(textOf(node.keyword), bits, node.signed === true)
    }
    case 'PACKARRAYDTYPE':
      return { ...sub(), width: rangeLength(node) * sub().width, signed: node.signed === true }
    case 'UNPACKARRAYDTYPE': {
      const element = sub()
      return { ...element, elements: rangeLength(node) * (element.elements ?? 1) }
    }
    case 'STRUCTDTYPE':
    case 'UNIONDTYPE': {
      const widths = memberWidths(types, node, depth)
      const isUnion = node.type === 'UNIONDTYPE'
      const width = isUnion ? Math.max(...widths) : widths.reduce((sum, each) => sum + each, 0)
      const kind = node.packed === true ? undefined : 'an unpacked struct'
      return { width, signed: node.signed === true, elements: null, kind }
    }
    case 'ENUMDTYPE':
    case 'REFDTYPE':
    case 'CONSTDTYPE':
    case 'MEMBERDTYPE':
      return sub()
    case 'PARAMTYPEDTYPE':
      return sizeOf(types, textOf(node.dtypep), depth + 1)
    default:
      return otherSize(textOf(node.type))
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
  if (range === null) return refuse(`Expected two bounds of an array, got ${textOf(node.declRange)}`)
  return Math.abs(Number(range[1]) - Number(range[2])) + 1
}

const childrenOf = (node: TreeNode, name: ChildList): readonly TreeNode[] =>
  (node[name] ?? []).map((child, index) => check(NODE, child, `${FILE}: ${name}[${index}]`))

const textOf = (value: string | number | undefined): string => String(value ?? '')
