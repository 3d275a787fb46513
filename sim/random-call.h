// SPDX-License-Identifier: Apache-2.0
// Included in every model after Verilator's headers. A random power-up draws each word of the memories: Verilator looks up its
// thread's state three times for each 32 bits, the bridge once for each word (callbacks.h).
#ifndef ASSAY_RANDOM_CALL_H
#define ASSAY_RANDOM_CALL_H

#include "verilated.h"

WDataOutP assay_rand_reset_w(int bits, WDataOutP words);
#define VL_RAND_RESET_W assay_rand_reset_w

#endif
