// SPDX-License-Identifier: Apache-2.0
// The signals of a bus port, and what holds of each of its channels: a VALID stays until its READY, with all that it shows
// (AMBA AXI and ACE Protocol Specification, IHI 0022H, A3.2.1).
#ifndef ASSAY_BUS_SIGNALS_H
#define ASSAY_BUS_SIGNALS_H

#include "memories.h"
#include "streams.h"

#include <string>
#include <vector>

inline std::string hex(uint64_t value) {
    static const char digits[] = "0123456789abcdef";
    std::string text;
    do {
        text.insert(text.begin(), digits[value & 15]);
        value >>= 4;
    } while (value);
    return "0x" + text;
}

// A port of the model by its name; `bits` is empty where the model does not have it.
struct AssaySignal {
    std::string name;
    AssayBits bits;
    uint32_t width = 0;
    const uint8_t* unknown = nullptr;  // a mask of x and z, in a simulator that has them

    explicit operator bool() const { return static_cast<bool>(bits); }
    uint64_t value(uint64_t otherwise = 0) const { return bits ? bits.value() : otherwise; }
    void set(uint64_t value) const {
        if (!bits) return;
        if (width < 64) value &= (1ull << width) - 1;
        std::memset(bits.data, 0, bits.storage);
        std::memcpy(bits.data, &value, bits.storage < 8 ? bits.storage : 8);
    }
    bool is_unknown(uint32_t byte) const { return unknown && unknown[byte]; }
    // What is looked at may not be x or z: throws AssayViolation.
    void require_known(const std::string& when = "") const {
        for (uint32_t i = 0; unknown && i < bits.bytes; ++i)
            if (unknown[i]) throw AssayViolation{name + " is unknown (x)" + when};
    }
    // What nobody may look at.
    void scramble(AssayRandom& random) const {
        if (!bits) return;
        for (uint32_t i = 0; i < bits.bytes; ++i) bits.data[i] = static_cast<uint8_t>(random.next());
        if (width % 8) bits.data[bits.bytes - 1] &= static_cast<uint8_t>(0xff >> (8 - width % 8));
    }
};

// One channel: VALID, READY, and what it carries.
struct AssayChannel {
    AssaySignal valid;
    AssaySignal ready;
    std::vector<const AssaySignal*> payload;
    // Of W: where both are there, bytes of `data` whose strobe is 0 carry nothing.
    const AssaySignal* data = nullptr;
    const AssaySignal* strobes = nullptr;

    bool moves() const { return valid.value() && ready.value(1); }

    // Of a channel that the model drives, before an edge: throws AssayViolation. A3.1.2: VALID may rise from the first edge after
    // a reset on, so that it is 0 at that edge.
    void check(bool after_reset = false) {
        if (valid.unknown) check_known();
        const bool now = valid.value() != 0;
        if (now && after_reset) throw AssayViolation{valid.name + " is 1 in the first cycle after a reset"};
        if (m_waits) {
            if (!now) throw AssayViolation{valid.name + " fell before " + ready.name + " rose"};
            const uint8_t* at = m_shown.data();
            for (const AssaySignal* const signal : payload) {
                if (std::memcmp(at, signal->bits.data, signal->bits.bytes) != 0 && (signal != data || strobed_changed(at)))
                    throw AssayViolation{signal->name + " changed while " + valid.name + " waited for " + ready.name};
                at += signal->bits.bytes;
            }
        }
        const bool waits = now && !ready.value(1);
        if (waits && !m_waits) {
            m_shown.clear();
            for (const AssaySignal* const signal : payload)
                m_shown.insert(m_shown.end(), signal->bits.data, signal->bits.data + signal->bits.bytes);
        }
        m_waits = waits;
    }
    void clear() { m_waits = false; }

private:
    bool m_waits = false;
    std::vector<uint8_t> m_shown;

    // In a simulator of four states.
    void check_known() const {
        valid.require_known();
        if (!valid.value()) return;
        const std::string when = " while " + valid.name + " is 1";
        for (const AssaySignal* const signal : payload)
            if (signal != data || !strobes || !*strobes) signal->require_known(when);
        for (uint32_t lane = 0; data && strobes && *strobes && lane < data->bits.bytes; ++lane)
            if ((strobes->bits.data[lane / 8] >> (lane % 8) & 1) && data->is_unknown(lane))
                throw AssayViolation{data->name + " is unknown (x) in byte " + std::to_string(lane) + when};
    }

    bool strobed_changed(const uint8_t* shown) const {
        if (!strobes || !*strobes) return true;
        for (uint32_t lane = 0; lane < data->bits.bytes; ++lane)
            if ((strobes->bits.data[lane / 8] >> (lane % 8) & 1) && shown[lane] != data->bits.data[lane]) return true;
        return false;
    }
};

// The five channels of AXI, as both sides have them.
struct AxiPorts {
    AssayChannel aw, w, b, ar, r;
    AssaySignal awid, awaddr, awlen, awsize, awburst;
    AssaySignal wdata, wstrb, wlast;
    AssaySignal bid, bresp;
    AssaySignal arid, araddr, arlen, arsize, arburst;
    AssaySignal rid, rdata, rresp, rlast;

    // In the order of src/simulate/boundary/bus-ports.ts, with what a side has at the end of AW and of AR.
    std::vector<AssaySignal*> slots(AssaySignal& aw_end, AssaySignal& ar_end) {
        return {&aw.valid, &aw.ready, &awid,  &awaddr, &awlen, &awsize, &awburst, &aw_end,
                &w.valid,  &w.ready,  &wdata, &wstrb,  &wlast,
                &b.valid,  &b.ready,  &bid,   &bresp,
                &ar.valid, &ar.ready, &arid,  &araddr, &arlen, &arsize, &arburst, &ar_end,
                &r.valid,  &r.ready,  &rid,   &rdata,  &rresp, &rlast};
    }
    uint32_t data_bytes() const { return (wdata ? wdata : rdata).bits.bytes; }
    void clear_channels() {
        for (AssayChannel* const channel : {&aw, &w, &b, &ar, &r}) channel->clear();
    }
};

// What drives or serves a port of the model: between the edges of its clock.
struct AssayAgent {
    std::string name;
    uint32_t clock = 0;
    uint32_t stall_threshold = 0;  // of 2^32
    AssayRandom random;
    bool in_reset = false;     // a reset of the model is active
    bool after_reset = false;  // it was at the edge before

    virtual ~AssayAgent() = default;
    // Clock low: what the model sees at the coming edge.
    virtual void drive(double cycle) = 0;
    // Clock low, settled: true where something moved. Throws AssayViolation.
    virtual bool sample(double cycle) = 0;
    // Nothing is under way, as at the start.
    virtual void clear() = 0;
    // The model is in reset: what it had asked for is void.
    virtual void reset() { clear(); }

    // What a snapshot keeps; transfers under way are not part of it.
    struct Kept {
        AssayRandom random;
        std::vector<uint8_t> bytes;
    };
    virtual Kept keep() const { return {random, {}}; }
    virtual void restore(const Kept* kept) {
        clear();
        if (kept) random = kept->random;
    }

    bool stalls() { return stall_threshold && random.next() < stall_threshold; }
};

#endif
