/** onnxruntime, quiet. Everything here takes it from this file. */
import './no-telemetry.ts'

export { InferenceSession, Tensor } from 'onnxruntime-node'
