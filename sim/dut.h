// SPDX-License-Identifier: Apache-2.0
// One instance of a model: what the bridge keeps of it, and how a failure becomes a status.
#ifndef ASSAY_DUT_H
#define ASSAY_DUT_H

#include "axi-memory.h"
#include "bridge.h"
#include "bus-managers.h"
#include "clocks.h"
#include "memories.h"
#include "opened-files.h"
#include "snapshot.h"
#include "streams.h"

#include "verilated.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>

#define ASSAY_API extern "C" __attribute__((visibility("default")))

enum Status : int32_t {
    StatusDone = 0,
    StatusSlice = 1,       // time slice used up: call again
    StatusBudget = 2,      // cycle budget used up
    StatusNoProgress = 3,  // no beat for too long
    StatusFinish = 4,      // $finish
    StatusError = 5,       // $fatal, $stop, failed assertion, no convergence
    StatusMemory = 6,      // recorded streams over their limit
    StatusUnable = 7,      // this model has no snapshots
};

// Read by the host in place. Doubles, because that is what the host's typed arrays share with us.
struct State {
    double cycle = 0;
    double progress_cycle = 0;
    double finished = 0;
    double failed = 0;
    double line = 0;
    double violation = 0;  // the failure is a broken rule of a bus
};

// A port of up to 8, 16 or 32 bits, or whole words of 32, as Verilator stores it.
inline AssayBits bits_of(const AssayPort& port) {
    const uint32_t storage = port.width <= 8 ? 1 : port.width <= 16 ? 2 : (port.width + 31) / 32 * 4;
    return {static_cast<uint8_t*>(port.data), (port.width + 7) / 8, storage};
}

struct Failure {
    std::string file;
    int line;
    std::string message;
};

// What a snapshot keeps beside the pages of the model.
struct Kept {
    State state;
    AssayClocks clocks;
    uint64_t time = 0;
    uint64_t cycle = 0;
    std::vector<AssayRandom> randoms;  // one a stream
    std::vector<std::vector<uint8_t>> memories;
    std::vector<AssayAgent::Kept> agents;
    std::vector<std::string> strings;
};

struct Dut {
    AssayPages pages;  // destroyed after the model that lies in them
    std::unique_ptr<Kept> kept;
    int seed = 0;
    int random_reset = 0;  // as Verilator has it: zeros, ones, random
    AssayRandom power_up;
    State state;
    std::unique_ptr<VerilatedContext> context;
    void* model = nullptr;
    void (*step)(void* model) = assay_model.eval;  // assay_model.step once it has been evaluated
    std::vector<AssayPort> ports;
    std::vector<AssayStream> streams;
    std::vector<AssayStream*> driven;  // of them, those whose ports are ours
    std::vector<AssayMemory> memories;
    std::vector<std::unique_ptr<AssayAgent>> agents;
    AssayResets resets;
    double reset_cycle = -1;  // the first cycle after the last in which one of them was active
    uint8_t* clock = nullptr;
    AssayClocks clocks;  // empty: there is one clock at the most
    uint64_t low = 1;    // times for which that clock is low and high
    uint64_t high = 1;
    uint64_t edge = 0;  // time of its rising edge in the cycle under way
    void* trace = nullptr;
    uint64_t trace_from = 0;
    uint64_t trace_to = 0;
    uint64_t trace_next = 0;  // the first time that it does not have yet
    uint64_t time = 0;
    uint64_t cycle = 0;
    uint64_t recorded = 0;
    uint64_t record_limit = 1ull << 31;
    std::string output;
    std::string file;
    std::string message;
    AssayOpenedFiles opened;
    std::string opened_text;
};

inline thread_local Dut* t_dut = nullptr;
// Set while a model is made: its object lies in these pages.
inline thread_local AssayPages* t_pages = nullptr;
inline std::vector<const AssayPages*> all_pages;
inline thread_local std::vector<std::string> t_arguments;
inline std::mutex s_opened_mutex;
inline AssayOpenedFiles s_opened;

struct Entry {
    explicit Entry(Dut* dut) {
        t_dut = dut;
        Verilated::threadContextp(dut->context.get());
    }
};

inline void dump_at(Dut& dut, uint64_t time) {
    if (!dut.trace || dut.cycle < dut.trace_from || dut.cycle >= dut.trace_to) return;
    assay_model.trace_dump(dut.trace, time);
    dut.trace_next = time + 1;
}

inline void dump(Dut& dut) { dump_at(dut, dut.time); }

// What the model holds at the moment of a failure. A time has one set of values: where it has been written, this is the next.
inline void dump_failure(Dut& dut) {
    if (!dut.trace) return;
    try {
        assay_model.trace_all(dut.model);
        dump_at(dut, std::max(dut.time, dut.trace_next));
    } catch (...) {
        // The failure itself is what is to be told.
    }
}

inline int32_t fail(Dut& dut, const std::string& file, int line, const std::string& message) {
    dut.state.failed = 1;
    dut.state.line = line;
    dut.file = file;
    dut.message = message;
    dump_failure(dut);
    return StatusError;
}

template <typename Body> int32_t guarded(Dut& dut, Body body) {
    if (dut.state.failed) return StatusError;
    const Entry entry{&dut};
    try {
        return body();
    } catch (const AssayViolation& violation) {
        dut.state.violation = 1;
        return fail(dut, "", 0, violation.text);
    } catch (const Failure& failure) {
        return fail(dut, failure.file, failure.line, failure.message);
    } catch (const std::exception& error) {
        return fail(dut, "", 0, error.what());
    } catch (...) {
        return fail(dut, "", 0, "the model threw an unknown exception");
    }
}

#endif
