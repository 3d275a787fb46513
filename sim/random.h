// SPDX-License-Identifier: Apache-2.0
// Included before Verilator's own sources, which are compiled to be compiled soon. What draws random values runs once for each
// word of a model's memories at a random power-up: it is optimised, with what it has in the headers. The standard's headers
// come before, and stay as they are.
#ifndef ASSAY_RANDOM_H
#define ASSAY_RANDOM_H

#include "hooks.h"
#include "verilatedos.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <deque>
#include <functional>
#include <iomanip>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#pragma GCC push_options
#pragma GCC optimize("O2")
#include "verilated.h"
uint64_t vl_rand64() __attribute__((optimize("O2")));
IData VL_RAND_RESET_I(int bits) __attribute__((optimize("O2")));
QData VL_RAND_RESET_Q(int bits) __attribute__((optimize("O2")));
WDataOutP VL_RAND_RESET_W(int bits, WDataOutP words) __attribute__((optimize("O2")));
#pragma GCC pop_options

#endif
