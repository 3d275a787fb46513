// Included before everything else in the Verilator runtime and in every model (-include): what a model prints goes to
// the bridge, so that the standard output of the host process stays clean.
#ifndef ASSAY_HOOKS_H
#define ASSAY_HOOKS_H

int assay_printf(const char* format, ...) __attribute__((format(printf, 1, 2)));

#define VL_PRINTF assay_printf

#endif
