// SPDX-License-Identifier: Apache-2.0
// The answers of sim/canary.sv, in C++ of its own. Prints the first output that is wrong, or nothing.
#include "Vcanary.h"

#include "verilated.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

// As the bridge has it, without an instance.
#undef VL_RAND_RESET_W
WDataOutP assay_rand_reset_w(int bits, WDataOutP words) { return VL_RAND_RESET_W(bits, words); }

// The runtime's hooks (hooks.h, bridge.cpp): nothing of the canary calls them.
int assay_printf(const char*, ...) { std::abort(); }
std::FILE* assay_fopen(const char*, const char*) { std::abort(); }
void vl_fatal(const char*, int, const char*, const char*) { std::abort(); }
void vl_stop(const char*, int, const char*) { std::abort(); }
void vl_finish(const char*, int, const char*) { std::abort(); }
void vl_warn(const char*, int, const char*, const char*) { std::abort(); }
#ifdef ASSAY_NO_WRAP
int assay_system(const char*) { std::abort(); }
#endif
double sc_time_stamp() { return 0; }

namespace {
// Floor of a quotient by a power of two, also of a negative number.
int64_t shift_right(int64_t value, unsigned shift) {
    const int64_t divisor = int64_t{1} << shift;
    return value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor);
}

uint32_t expect(const char* name, uint64_t expected, uint64_t got) {
    if (expected == got) return 0;
    std::printf("%s is %llu, not %llu\n", name, static_cast<unsigned long long>(got),
                static_cast<unsigned long long>(expected));
    return 1;
}
}  // namespace

int main() {
    VerilatedContext context;
    Vcanary top{&context};
    const auto tick = [&] {
        top.clk_i = 0;
        top.eval();
        top.clk_i = 1;
        top.eval();
    };
    const unsigned codes[] = {0, 1, 100, 127, 128, 200, 255};
    const unsigned multipliers[] = {1, 1000, 65535};
    const unsigned shifts[] = {1, 16, 31};
    top.clk_i = 0;
    top.eval();
    uint8_t low = static_cast<uint8_t>(top.swap_o), high = static_cast<uint8_t>(top.swap_o >> 8);
    // Registers begin with zero here.
    uint8_t kept = 0, order = 0;
    for (const unsigned a : codes)
        for (const unsigned b : codes)
            for (const unsigned zero : codes)
                for (const unsigned multiplier : multipliers)
                    for (const unsigned shift : shifts) {
                        top.a_i = static_cast<uint8_t>(a);
                        top.b_i = static_cast<uint8_t>(b);
                        top.zero_i = static_cast<uint8_t>(zero);
                        top.multiplier_i = static_cast<uint16_t>(multiplier);
                        top.shift_i = static_cast<uint8_t>(shift);
                        for (int cycle = 0; cycle < 2; ++cycle) {
                            tick();
                            const uint8_t before = low;
                            low = static_cast<uint8_t>(high ^ a);
                            high = static_cast<uint8_t>(before + b);
                            order = kept;
                            if (b & 1) kept = static_cast<uint8_t>(kept + a);
                            if (b & 2) kept ^= 0x5a;
                            if (b & 4) order = kept;
                        }
                        // The values of the cycle before, which had the same inputs.
                        unsigned lane = 0, most = 0;
                        for (unsigned i = 0; i < 32; ++i) {
                            const unsigned value = (a + i * b) & 255;
                            if (i == 0 || value > most) {
                                lane = i;
                                most = value;
                            }
                        }
                        const int64_t factor = static_cast<int64_t>(multiplier);
                        const int64_t sum = (static_cast<int64_t>(a) - zero) * factor
                            + (static_cast<int64_t>(b) - zero) * factor + (int64_t{1} << shift) / 2;
                        const int64_t code = shift_right(sum, shift);
                        const auto sa = static_cast<int8_t>(a), sb = static_cast<int8_t>(b);
                        const uint32_t sign = static_cast<uint32_t>(sa < sb) << 31
                            | static_cast<uint32_t>(shift_right(sa, shift & 7) == sb) << 30
                            | (static_cast<uint32_t>(sa * sb) & 0x3fff) << 16
                            | static_cast<uint16_t>(sa + shift_right(sb, 1));
                        uint32_t wrong = expect("cast_o", code < 0 ? 0 : code > 255 ? 255 : code, top.cast_o);
                        wrong |= expect("swap_o", static_cast<uint32_t>(high) << 8 | low, top.swap_o);
                        wrong |= expect("order_o", order, top.order_o);
                        wrong |= expect("best_o", lane << 8 | most, top.best_o);
                        wrong |= expect("sign_o", sign, top.sign_o);
                        if (wrong) return 0;
                    }
    return 0;
}
