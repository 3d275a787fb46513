// SPDX-License-Identifier: Apache-2.0
// Included in every model after Verilator's headers: its calls of the reader of memory files go to the bridge (readmem.h)
// by name, where the linker cannot send them there.
#ifndef ASSAY_READMEM_CALL_H
#define ASSAY_READMEM_CALL_H
#ifdef ASSAY_NO_WRAP

#include "verilated.h"

#include <string>

void assay_readmem(bool hex, int bits, uint64_t depth, int first, const std::string& path, void* memory, uint64_t start,
                   uint64_t end);
// Of associative arrays Verilator's own does all.
template <typename Array>
void assay_readmem(bool hex, int bits, const std::string& path, Array& array, QData start, QData end) {
    VL_READMEM_N(hex, bits, path, array, start, end);
}
#define VL_READMEM_N assay_readmem

#endif
#endif
