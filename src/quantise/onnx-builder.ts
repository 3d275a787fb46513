/** Collects the nodes and tensors of an ONNX model as its graph is walked. */
import {
  encodeOnnxModel,
  type OnnxAttribute,
  type OnnxData,
  type OnnxElementType,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValueInfo,
} from './onnx-model.ts'

export interface OnnxBuilder {
  /** Declares a graph input and returns its name. */
  input(name: string, type: OnnxElementType, dims: readonly (number | string)[]): string
  /** Makes an existing tensor a graph output and returns its name. */
  output(name: string, type: OnnxElementType, dims: readonly (number | string)[]): string
  /** Notes the type of an inner tensor, for viewers. */
  describe(name: string, type: OnnxElementType, dims: readonly (number | string)[]): void
  /** Adds an initializer and returns its name. A second one of the same name must hold the same array. */
  constant(name: string, data: OnnxData, dims?: readonly number[]): string
  /** Adds a node with one output and returns the output's name; the node has the same name. */
  node(
    op: string,
    inputs: readonly string[],
    output: string,
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): string
  /** Adds a node with any number of outputs; the node has the first one's name. */
  nodes(
    op: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): void
  /** The model collected so far. */
  model(): OnnxModel
  /** The bytes of the .onnx file. */
  encode(): Uint8Array
}

export interface OnnxBuilderOptions {
  /** Version of the default operator set; 17 unless told. */
  readonly opset?: number
  readonly metadata?: Readonly<Record<string, string>>
}

/** A new, empty model. A tensor that is made twice, or used before it is made, throws an Error that names it. */
export function createOnnxBuilder(name: string, options: OnnxBuilderOptions = {}): OnnxBuilder {
  const nodes: OnnxNode[] = []
  const initializers = new Map<string, OnnxTensor>()
  const inputs: OnnxValueInfo[] = []
  const outputs: OnnxValueInfo[] = []
  const valueInfos: OnnxValueInfo[] = []
  const known = new Set<string>()

  function make(tensor: string): void {
    if (known.has(tensor)) throw new Error(`ONNX tensor ${tensor} is made twice`)
    known.add(tensor)
  }

  function require(tensor: string, user: string): void {
    if (tensor !== '' && !known.has(tensor)) {
      throw new Error(`ONNX tensor ${tensor} is used by ${user} before it is made`)
    }
  }

  const builder: OnnxBuilder = {
    input(tensor, type, dims) {
      make(tensor)
      inputs.push({ name: tensor, type, dims })
      return tensor
    },
    output(tensor, type, dims) {
      require(tensor, 'the graph outputs')
      outputs.push({ name: tensor, type, dims })
      return tensor
    },
    describe(tensor, type, dims) {
      valueInfos.push({ name: tensor, type, dims })
    },
    constant(tensor, data, dims = [data.length]) {
      if (initializers.get(tensor)?.data === data) return tensor
      make(tensor)
      initializers.set(tensor, { name: tensor, data, dims })
      return tensor
    },
    node(op, from, output, attributes = {}) {
      builder.nodes(op, from, [output], attributes)
      return output
    },
    nodes(op, from, to, attributes = {}) {
      for (const tensor of from) require(tensor, `${op} ${to[0]}`)
      for (const tensor of to) make(tensor)
      nodes.push({ op, name: to[0] ?? op, inputs: from, outputs: to, attributes })
    },
    model: () => ({
      name,
      opset: options.opset ?? 17,
      nodes,
      initializers: [...initializers.values()],
      inputs,
      outputs,
      valueInfos,
      metadata: options.metadata ?? {},
    }),
    encode: () => encodeOnnxModel(builder.model()),
  }
  return builder
}
