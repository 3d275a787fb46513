// SPDX-License-Identifier: Apache-2.0
// The part of the C ABI that makes buses, sets them, and asks for transfers: see bridge.cpp.
#ifndef ASSAY_AGENT_CALLS_H
#define ASSAY_AGENT_CALLS_H

#include "tick.h"

#include <array>

// Ports by number in the order of `slots`, -1 for none; their names one after another, each with its terminating zero.
inline void bind_signals(Dut& dut, const std::vector<AssaySignal*>& slots, const int32_t* ports, const char* names) {
    for (size_t i = 0; i < slots.size(); ++i) {
        if (ports[i] < 0) continue;
        const AssayPort& port = dut.ports[ports[i]];
        *slots[i] = AssaySignal{names, bits_of(port), port.width, static_cast<const uint8_t*>(port.unknown)};
        names += std::strlen(names) + 1;
    }
}

// What a channel carries, as far as the model has it.
inline void carry(AssayChannel& channel, std::initializer_list<const AssaySignal*> signals) {
    for (const AssaySignal* const signal : signals)
        if (*signal) channel.payload.push_back(signal);
}

inline std::unique_ptr<AssayAgent> make_axi_memory(Dut& dut, const int32_t* ports, const char* names) {
    auto bus = std::make_unique<AxiMemory>();
    AxiMemory& m = *bus;
    m.others.resize(11);
    std::vector<AssaySignal*> slots = m.slots(m.awlock, m.arlock);
    for (AssaySignal& other : m.others) slots.push_back(&other);
    bind_signals(dut, slots, ports, names);
    const auto& o = m.others;
    carry(m.aw, {&m.awid, &m.awaddr, &m.awlen, &m.awsize, &m.awburst, &m.awlock, &o[0], &o[1], &o[2], &o[3], &o[4]});
    carry(m.ar, {&m.arid, &m.araddr, &m.arlen, &m.arsize, &m.arburst, &m.arlock, &o[5], &o[6], &o[7], &o[8], &o[9]});
    carry(m.w, {&m.wdata, &m.wstrb, &m.wlast, &o[10]});
    m.w.data = &m.wdata;
    m.w.strobes = &m.wstrb;
    return bus;
}

inline std::unique_ptr<AssayAgent> make_axi_manager(Dut& dut, const int32_t* ports, const char* names) {
    auto bus = std::make_unique<AxiManager>();
    AxiManager& m = *bus;
    bind_signals(dut, m.slots(m.awprot, m.arprot), ports, names);
    carry(m.b, {&m.bid, &m.bresp});
    carry(m.r, {&m.rid, &m.rdata, &m.rresp, &m.rlast});
    return bus;
}

inline std::unique_ptr<AssayAgent> make_apb_manager(Dut& dut, const int32_t* ports, const char* names) {
    auto bus = std::make_unique<ApbManager>();
    ApbManager& m = *bus;
    bind_signals(dut, {&m.sel, &m.enable, &m.address, &m.write, &m.data, &m.strobes, &m.protection, &m.ready, &m.read_data, &m.error}, ports, names);
    return bus;
}

inline std::unique_ptr<AssayAgent> make_wishbone_manager(Dut& dut, const int32_t* ports, const char* names) {
    auto bus = std::make_unique<WishboneManager>();
    WishboneManager& m = *bus;
    bind_signals(dut, {&m.cycle, &m.strobe, &m.write, &m.address, &m.data, &m.select, &m.acknowledge, &m.error, &m.retry, &m.stall, &m.read_data},
                 ports, names);
    return bus;
}

// Kinds: see `AGENT` of src/simulate/bus.ts.
ASSAY_API int32_t assay_agent_add(Dut* dut, int32_t kind, const char* name, const int32_t* ports, const char* names, int32_t clock) {
    using Make = std::unique_ptr<AssayAgent> (*)(Dut&, const int32_t*, const char*);
    static constexpr std::array<Make, 4> makers{make_axi_memory, make_axi_manager, make_apb_manager, make_wishbone_manager};
    std::unique_ptr<AssayAgent> agent = makers[static_cast<size_t>(kind)](*dut, ports, names);
    agent->name = name;
    agent->clock = static_cast<uint32_t>(clock);
    dut->agents.push_back(std::move(agent));
    return static_cast<int32_t>(dut->agents.size()) - 1;
}

ASSAY_API void assay_agent_stalls(Dut* dut, int32_t id, double probability, double seed) {
    AssayAgent& agent = *dut->agents[id];
    agent.stall_threshold = static_cast<uint32_t>(probability * 4294967295.0);
    agent.random.seed(static_cast<uint64_t>(seed));
}

inline AxiMemory& axi_memory(Dut* dut, int32_t id) { return static_cast<AxiMemory&>(*dut->agents[id]); }

// `values`: base, least and greatest latency, transactions under way, whether answers change their order, whether beats of several
// IDs take turns, whether an address outside is answered with DECERR. The host keeps the bytes alive.
ASSAY_API void assay_axi_memory(Dut* dut, int32_t id, uint8_t* bytes, double size, const double* values) {
    AxiMemory& memory = axi_memory(dut, id);
    memory.bytes = bytes;
    memory.size = static_cast<uint64_t>(size);
    memory.base = static_cast<uint64_t>(values[0]);
    memory.least_latency = static_cast<uint32_t>(values[1]);
    memory.most_latency = static_cast<uint32_t>(values[2]);
    memory.outstanding = static_cast<uint32_t>(values[3]);
    memory.reorders = values[4] != 0;
    memory.interleaves = values[5] != 0;
    memory.outside_is_error = values[6] != 0;
}

ASSAY_API void assay_axi_counts(Dut* dut, int32_t id, double* counts) { std::memcpy(counts, &axi_memory(dut, id).counts, sizeof(AxiCounts)); }
// From here on the memory records when each word of the bus is written.
ASSAY_API void assay_axi_record(Dut* dut, int32_t id) { axi_memory(dut, id).record_writes(); }
// Cycles of the last writes to `count` words from a word's number; NaN of one that was not written.
ASSAY_API void assay_axi_written(Dut* dut, int32_t id, double word, double* cycles, int32_t count) {
    axi_memory(dut, id).read_writes(static_cast<uint64_t>(word), cycles, static_cast<size_t>(count));
}
// The number of the first page of 4 KB from one on that was written; -1: none.
ASSAY_API double assay_axi_page(Dut* dut, int32_t id, double from) {
    const auto& pages = axi_memory(dut, id).written;
    for (size_t page = static_cast<size_t>(from); page < pages.size(); ++page)
        if (!pages[page].empty()) return static_cast<double>(page);
    return -1;
}
ASSAY_API int32_t assay_axi_idle(Dut* dut, int32_t id) { return axi_memory(dut, id).idle() ? 1 : 0; }

// Four numbers a fault: first and last address, response, 1 for reads, 2 for writes, 3 for both.
ASSAY_API void assay_axi_faults(Dut* dut, int32_t id, const double* values, int32_t count) {
    AxiMemory& memory = axi_memory(dut, id);
    memory.faults.clear();
    for (int32_t i = 0; i < count; ++i, values += 4) {
        const int kinds = static_cast<int>(values[3]);
        memory.faults.push_back({static_cast<uint64_t>(values[0]), static_cast<uint64_t>(values[1]), static_cast<uint8_t>(values[2]), (kinds & 1) != 0,
                                 (kinds & 2) != 0});
    }
}

// One transfer, for which the clock runs. `words`: address, data, strobes; then data that were read, and the response.
ASSAY_API int32_t assay_transfer(Dut* dut, int32_t id, int32_t writes, uint64_t* words, double cycles) {
    AssayManager& manager = static_cast<AssayManager&>(*dut->agents[id]);
    return guarded(*dut, [&]() -> int32_t {
        const auto answered = [&] { return !manager.busy; };
        // A transfer that was given up goes on until it is answered: no bus lets its manager take one back.
        int32_t status = manager.busy ? take_cycles(*dut, cycles, StatusBudget, answered) : StatusDone;
        if (status != StatusDone) return status;
        manager.begin({writes != 0, words[0], words[1], words[2]});
        status = take_cycles(*dut, cycles, StatusBudget, answered);
        manager.given_up = manager.busy;
        words[0] = manager.answer;
        words[1] = manager.response;
        return status;
    });
}

#endif
