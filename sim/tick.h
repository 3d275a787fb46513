// SPDX-License-Identifier: Apache-2.0
// Clock cycles: ports and streams before an edge, the edge, memories after it.
#ifndef ASSAY_TICK_H
#define ASSAY_TICK_H

#include "dut.h"

inline void eval(const Dut& dut) { dut.step(dut.model); }

#if ASSAY_TIMING
// What the model's own processes do before a time: each wakes at the time that it waits for.
inline void run_before(Dut& dut, uint64_t to) {
    while (assay_model.pending(dut.model)) {
        const uint64_t next = assay_model.next_time(dut.model);
        if (next >= to) break;
        const bool later = next > dut.time;
        dut.context->time(next);
        dut.time = next;
        eval(dut);
        // A waveform has one set of values a time.
        if (later && dut.trace) dump(dut);
    }
}

// To an edge of a clock: what waits for its time is as late as the edge.
inline void approach(Dut& dut, uint64_t edge) { run_before(dut, edge); }
inline void arrive(Dut& dut, uint64_t edge) {
    run_before(dut, edge);
    dut.context->time(edge);
    dut.time = edge;
}

// The halves of a cycle. What ends with it is there after it.
inline void pass_low(Dut& dut) {
    dut.edge = dut.time + dut.low;
    approach(dut, dut.edge);
}
inline void reach_edge(Dut& dut) { arrive(dut, dut.edge); }
inline void pass_high(Dut& dut) {
    arrive(dut, dut.edge + dut.high);
    if (assay_model.pending(dut.model) && assay_model.next_time(dut.model) == dut.time) eval(dut);
}
#else
inline void run_before(Dut&, uint64_t) {}
inline void approach(Dut& dut, uint64_t edge) {
    dut.context->timeInc(edge - dut.time);
    dut.time = edge;
}
inline void arrive(Dut&, uint64_t) {}
inline void pass_low(Dut& dut) {
    dut.context->timeInc(1);
    ++dut.time;
}
inline void reach_edge(Dut&) {}
inline void pass_high(Dut& dut) { pass_low(dut); }
#endif

// What a beat that moved leaves behind.
inline void count(Dut& dut, const AssayStream& stream) {
    if (!stream.input) dut.recorded += stream.beat_bytes + sizeof(double);
}

[[noreturn]] void refuse_address(const AssayMemory& memory) {
    throw Failure{"", 0, "memory " + memory.name + ": address " + std::to_string(memory.outside_address) + " is outside its " +
                             std::to_string(memory.depth) + " words"};
}

// Between the edges of `clock`: what serves and drives buses.
inline void drive_agents(Dut& dut, uint32_t clock) {
    const bool in_reset = any_active(dut.resets);
    for (const auto& agent : dut.agents) {
        if (agent->clock != clock) continue;
        agent->in_reset = in_reset;
        agent->drive(dut.state.cycle);
    }
}
inline bool sample_agents(Dut& dut, uint32_t clock) {
    bool moved = false;
    const bool in_reset = any_active(dut.resets);
    for (const auto& agent : dut.agents) {
        if (agent->clock != clock) continue;
        if (in_reset) {
            agent->reset();
            continue;
        }
        // Of several clocks, none counts another's edges.
        agent->after_reset = dut.clocks.all.empty() && dut.reset_cycle == dut.state.cycle;
        try {
            moved |= agent->sample(dut.state.cycle);
        } catch (AssayViolation& violation) {
            violation.text = agent->name + ": " + violation.text;
            throw;
        }
    }
    return moved;
}

// Before an edge of `clock`: memories read and write.
inline void sample_memories(Dut& dut, uint32_t clock) {
    for (AssayMemory& memory : dut.memories) {
        if (memory.clock != clock) continue;
        memory.sample();
        if (memory.outside) refuse_address(memory);
    }
}

// After an edge: their data come, and the model follows.
inline void present_memories(Dut& dut) {
    bool changed = false;
    for (AssayMemory& memory : dut.memories) changed |= memory.present();
    if (changed) eval(dut);
}

// One event of several clocks: those that rise, then those that fall. True when the first clock rose.
inline bool step_clocks(Dut& dut, bool& moved) {
    const uint64_t now = dut.clocks.next();
    bool rises = false;
    bool falls = false;
    bool first = false;
    for (const AssayClock& clock : dut.clocks.all) {
        if (clock.next == now) (clock.level ? falls : rises) = true;
    }
    approach(dut, now);
    if (rises) {
        eval(dut);
        for (uint32_t i = 0; i < dut.clocks.all.size(); ++i) {
            const AssayClock& clock = dut.clocks.all[i];
            if (clock.next != now || clock.level) continue;
            for (AssayStream* const stream : dut.driven) {
                if (stream->clock == i && stream->sample(dut.state.cycle)) {
                    moved = true;
                    count(dut, *stream);
                }
            }
            if (sample_agents(dut, i)) moved = true;
            sample_memories(dut, i);
        }
        arrive(dut, now);
        for (AssayClock& clock : dut.clocks.all) {
            if (clock.next != now || clock.level) continue;
            *clock.data = 1;
            if (&clock == dut.clocks.all.data()) first = true;
        }
        eval(dut);
        present_memories(dut);
    }
    for (uint32_t i = 0; i < dut.clocks.all.size(); ++i) {
        AssayClock& clock = dut.clocks.all[i];
        if (clock.next != now) continue;
        const bool fell = clock.level;
        clock.flip();
        if (!fell) continue;
        *clock.data = 0;
        for (AssayStream* const stream : dut.driven) {
            if (stream->clock == i) stream->drive();
        }
        drive_agents(dut, i);
    }
    arrive(dut, now);
    if (falls) eval(dut);
    if (dut.trace) dump(dut);
    return first;
}

// Time to the next rising edge of the first clock, and that edge.
inline bool tick_clocks(Dut& dut) {
    bool moved = false;
    while (!step_clocks(dut, moved)) {
    }
    run_before(dut, dut.clocks.next());
    ++dut.cycle;
    dut.state.cycle += 1;
    return moved;
}

// One clock cycle. Inputs change while the clock is low, streams are sampled when that has settled, then comes the edge.
// `Plain`: a clock, no memories, no buses and no waveform, as is most of what runs long.
template <bool Plain> __attribute__((always_inline)) inline bool tick_one(Dut& dut) {
    for (AssayStream* const stream : dut.driven) stream->drive();
    if (!Plain && !dut.agents.empty()) drive_agents(dut, 0);
    if (Plain || dut.clock) *dut.clock = 0;
    eval(dut);
    if (!Plain && dut.trace) dump(dut);
    pass_low(dut);
    bool moved = false;
    for (AssayStream* const stream : dut.driven) {
        if (stream->sample(dut.state.cycle)) {
            moved = true;
            count(dut, *stream);
        }
    }
    if (!Plain && !dut.agents.empty() && sample_agents(dut, 0)) moved = true;
    if (!Plain && !dut.memories.empty()) sample_memories(dut, 0);
    reach_edge(dut);
    if (Plain || dut.clock) {
        *dut.clock = 1;
        eval(dut);
    }
    if (!Plain && !dut.memories.empty()) present_memories(dut);
    if (!Plain && dut.trace) dump(dut);
    pass_high(dut);
    ++dut.cycle;
    dut.state.cycle += 1;
    return moved;
}

// Calls `body` with the function that takes a cycle of this instance.
template <typename Body> __attribute__((always_inline)) inline int32_t with_tick(Dut& dut, Body body) {
    // Resets do not change while cycles are taken.
    struct Reset {
        Dut& dut;
        bool active;
        ~Reset() {
            if (active) dut.reset_cycle = dut.state.cycle;
        }
    } const reset{dut, any_active(dut.resets)};
    if (!dut.clocks.all.empty()) return body([&] { return tick_clocks(dut); });
    if (dut.clock && dut.memories.empty() && dut.agents.empty() && !dut.trace) return body([&] { return tick_one<true>(dut); });
    return body([&] { return tick_one<false>(dut); });
}

// Cycles until `done`, which is asked after each. @returns `end` where it never was
template <typename Done> __attribute__((always_inline)) inline int32_t take_cycles(Dut& dut, double cycles, int32_t end, Done done) {
    return with_tick(dut, [&](auto tick) -> int32_t {
        for (double i = 0; i < cycles; ++i) {
            if (dut.state.finished) return StatusFinish;
            if (tick()) {
                dut.state.progress_cycle = dut.state.cycle;
                if (dut.recorded > dut.record_limit) return StatusMemory;
            }
            if (done()) return StatusDone;
        }
        return end;
    });
}

#endif
