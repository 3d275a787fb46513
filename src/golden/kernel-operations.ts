// The operations of records of stages, for the kernel and for who writes them. AssemblyScript and TypeScript both read this file.
export const END = 0
export const MULTIPLY = 1
export const MULTIPLY_LOW = 2
export const SHIFT_LEFT = 3
export const ADD = 4
export const CLAMP = 5
export const WRAP_SIGNED = 6
export const WRAP_UNSIGNED = 7
export const NEGATE = 8
export const ADD_SHIFT = 9
export const HALF_AWAY = 10
export const HALF_TO_EVEN = 11
export const TOWARD_ZERO = 12
export const TOSA_DOUBLE = 13
export const SCALE_FLOAT = 14
export const RECTIFY = 15
export const LEAK = 16
export const HOOK = 17
// First records of a run that is read from int32.
export const LOAD = 32
export const LOAD_MULTIPLY = 33
export const LOAD_MULTIPLY_SHIFT = 34
export const LOAD_SCALE_FLOAT = 35
export const LOAD_MULTIPLY_AWAY = 36
