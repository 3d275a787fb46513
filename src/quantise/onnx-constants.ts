/** Small constants of an ONNX graph, each made once. */
import type { OnnxBuilder } from './onnx-builder.ts'

const INTEGERS = new Map<string, BigInt64Array>()
const SCALARS = new Map<string, Float32Array>()

function keep<Data>(known: Map<string, Data>, name: string, make: () => Data): Data {
  const data = known.get(name) ?? make()
  known.set(name, data)
  return data
}

/** A list of int64. */
export function integers(onnx: OnnxBuilder, ...values: readonly number[]): string {
  const name = `integers:${values.join(',')}`
  return onnx.constant(
    name,
    keep(INTEGERS, name, () => BigInt64Array.from(values, BigInt)),
  )
}

/** A float32. */
export function scalar(onnx: OnnxBuilder, value: number): string {
  const name = `scalar:${value}`
  return onnx.constant(
    name,
    keep(SCALARS, name, () => Float32Array.of(value)),
    [],
  )
}
