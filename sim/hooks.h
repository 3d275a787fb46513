// SPDX-License-Identifier: Apache-2.0
// Included before everything else in the Verilator runtime and in every model (-include): what a model prints goes to
// the bridge, so that the standard output of the host process stays clean.
#ifndef ASSAY_HOOKS_H
#define ASSAY_HOOKS_H

int assay_printf(const char* format, ...) __attribute__((format(printf, 1, 2)));

#define VL_PRINTF assay_printf

// What a model opens to read goes by the bridge, too: the content of such a file is an input of the run.
#include <cstdio>

std::FILE* assay_fopen(const char* path, const char* mode);
namespace std {
using ::assay_fopen;
}

#define fopen assay_fopen

// A process that waits for a time is a coroutine, and one that throws, as a failed assertion does, ends the program there:
// Verilator calls std::abort(). The exception goes on to the bridge instead.
#if ASSAY_TIMING
#include <cstdlib>
#include <exception>

namespace std {
[[noreturn]] inline void assay_abort() {
    if (current_exception()) throw;
    abort();
}
}
using std::assay_abort;

#define abort assay_abort
#endif

// A linker without --wrap, as macOS has: what it would send to the bridge goes there by name.
#ifdef ASSAY_NO_WRAP
#include <cstdlib>

int assay_system(const char* command);
namespace std {
using ::assay_system;
}

#define system assay_system
#endif

#endif
