/**
 * Switches onnxruntime's telemetry off. Since 1.30 it reports processes and sessions to its maker, keeps a device id in the
 * user's cache folder and leaves a log in the temporary folder, unless this is set before its library starts. This is a file
 * of its own so that it runs first.
 */
process.env.ORT_DISABLE_TELEMETRY = '1'
