// SPDX-License-Identifier: Apache-2.0
// The C ABI between the host and a Verilated model, the same for every model. Each function that runs the model returns
// a status; no exception passes it. Details of a failure are in the state block and in assay_text().
#include "agent-calls.h"
#include "callbacks.h"
#include "stream-calls.h"
#include "readmem.h"
#include "tick.h"

#include "verilated_sym_props.h"
#include "verilated_syms.h"
#if VM_COVERAGE
#include "verilated_cov.h"
#endif

#include <chrono>

namespace {

constexpr uint32_t AbiVersion = 6;

// Verilator's generator begins with what the seed's bits show: spread them, and let it run in.
void seed_random(const Dut& dut) {
    AssayRandom spread;
    spread.seed(static_cast<uint64_t>(dut.seed));
    dut.context->randSeed(static_cast<int>(spread.next() >> 1) | 1);
    for (int i = 0; i < 20; ++i) vl_rand64();
}

void forget_pages(const Dut& dut) {
    all_pages.erase(std::remove(all_pages.begin(), all_pages.end(), &dut.pages), all_pages.end());
}

std::vector<std::string*> list_strings(const Dut& dut) {
    std::vector<std::string*> strings(assay_model.string_count);
    assay_model.strings(dut.model, strings.data());
    return strings;
}

double seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

const std::vector<std::string>& assay_arguments() { return t_arguments; }

ASSAY_API uint32_t assay_abi_version() { return AbiVersion; }

// Arguments are strings one after another, each with its terminating zero.
ASSAY_API Dut* assay_open(const char* arguments, int32_t count, int32_t seed, int32_t random_reset, int32_t restartable) {
    auto dut = std::make_unique<Dut>();
    try {
        dut->context = std::make_unique<VerilatedContext>();
        const Entry entry{dut.get()};
        std::vector<const char*> argv{"assay"};
        for (int32_t i = 0; i < count; ++i) {
            argv.push_back(arguments);
            arguments += std::strlen(arguments) + 1;
        }
        t_arguments.assign(argv.begin() + 1, argv.end());
        dut->context->commandArgs(static_cast<int>(argv.size()), argv.data());
        dut->context->fatalOnError(false);
        dut->seed = seed;
        seed_random(*dut);
        dut->random_reset = random_reset;
        dut->power_up.seed(static_cast<uint64_t>(seed));
        dut->context->randReset(random_reset);
        if (assay_model.trace_open) dut->context->traceEverOn(true);
        dut->pages.in_file = restartable != 0;
        all_pages.push_back(&dut->pages);
        t_pages = &dut->pages;
        dut->model = assay_model.create(dut->context.get());
        t_pages = nullptr;
        dut->ports.resize(assay_model.port_count);
        assay_model.ports(dut->model, dut->ports.data());
    } catch (...) {
        t_pages = nullptr;
        forget_pages(*dut);
        return nullptr;
    }
    return dut.release();
}

ASSAY_API void assay_close(Dut* dut) {
    const Entry entry{dut};
    try {
        if (!dut->state.failed) assay_model.final(dut->model);
    } catch (...) {
        // A final block that fails has nobody left to tell.
    }
    try {
        if (dut->trace) assay_model.trace_close(dut->trace);
        assay_model.destroy(dut->model);
    } catch (...) {
    }
    forget_pages(*dut);
    delete dut;
    t_dut = nullptr;
}

ASSAY_API State* assay_state(Dut* dut) { return &dut->state; }
ASSAY_API void* assay_port_data(Dut* dut, uint32_t port) { return dut->ports[port].data; }
ASSAY_API const char* assay_message(Dut* dut) { return dut->message.c_str(); }
ASSAY_API const char* assay_file(Dut* dut) { return dut->file.c_str(); }
ASSAY_API const char* assay_output(Dut* dut) { return dut->output.c_str(); }
// What a model's own threads opened counts for every instance: nobody knows which was meant.
ASSAY_API const char* assay_opened(Dut* dut) {
    const std::lock_guard<std::mutex> guard{s_opened_mutex};
    dut->opened_text = dut->opened.text() + s_opened.text();
    if (assay_model.opened) dut->opened_text += assay_model.opened(dut->model);
    return dut->opened_text.c_str();
}
ASSAY_API void assay_clear_output(Dut* dut) { dut->output.clear(); }
ASSAY_API void assay_set_clock(Dut* dut, uint32_t port) { dut->clock = static_cast<uint8_t*>(dut->ports[port].data); }

// Power of ten of the model's unit of time: -12 for a picosecond.
ASSAY_API int32_t assay_precision(Dut* dut) { return dut->context->timeprecision(); }

// How long the clock of assay_set_clock is low and high, of a model that has delays.
ASSAY_API void assay_set_period(Dut* dut, double low, double high) {
    dut->low = static_cast<uint64_t>(low);
    dut->high = static_cast<uint64_t>(high);
}

// Instead of assay_set_clock: the first one added is the clock that cycles count. Periods of at least 2.
ASSAY_API void assay_clock_add(Dut* dut, uint32_t port, double period, double phase) {
    AssayClock clock{};
    clock.data = static_cast<uint8_t*>(dut->ports[port].data);
    clock.high = static_cast<uint64_t>(period) / 2;
    clock.low = static_cast<uint64_t>(period) - clock.high;
    clock.next = static_cast<uint64_t>(phase) + clock.low;
    dut->clocks.all.push_back(clock);
}

// A reset, by port and the value at which it is active.
ASSAY_API void assay_reset_add(Dut* dut, uint32_t port, int32_t active) {
    dut->resets.push_back({static_cast<const uint8_t*>(dut->ports[port].data), static_cast<uint8_t>(active)});
}

// Ports by number, -1 for none: address, enable, read data, write address, write enable, write data, write mask.
ASSAY_API int32_t assay_memory_add(Dut* dut, const char* name, const int32_t* ports, const uint8_t* words, double depth,
                                   int32_t word_bytes, int32_t clock) {
    AssayMemory memory;
    memory.name = name;
    AssayBits* const bits[] = {&memory.address,      &memory.enable,     &memory.read_data, &memory.write_address,
                               &memory.write_enable, &memory.write_data, &memory.write_mask};
    for (int i = 0; i < 7; ++i) {
        if (ports[i] < 0) continue;
        *bits[i] = bits_of(dut->ports[ports[i]]);
    }
    memory.depth = static_cast<uint64_t>(depth);
    memory.word_bytes = static_cast<uint32_t>(word_bytes);
    memory.clock = static_cast<uint32_t>(clock);
    memory.words.assign(words, words + memory.depth * memory.word_bytes);
    memory.pending.resize(memory.word_bytes);
    dut->memories.push_back(std::move(memory));
    return static_cast<int32_t>(dut->memories.size()) - 1;
}

ASSAY_API void* assay_memory_words(Dut* dut, int32_t id) { return dut->memories[id].words.data(); }

// A variable that Verilator was told to keep public, by scope and name; null where there is none. Sizes: all bytes, bytes of
// an entry.
ASSAY_API void* assay_variable(Dut* dut, const char* scope, const char* name, double* sizes) {
    const Entry entry{dut};
    const VerilatedScope* const found = dut->context->scopeFind(scope);
    const VerilatedVar* const variable = found ? found->varFind(name) : nullptr;
    if (!variable) return nullptr;
    sizes[0] = static_cast<double>(variable->totalSize());
    sizes[1] = static_cast<double>(variable->entSize());
    return variable->datap();
}

// Counts of lines, branches and toggles, in Verilator's format, of a model that was built with them.
ASSAY_API int32_t assay_coverage(Dut* dut, const char* file) {
    const Entry entry{dut};
    try {
#if VM_COVERAGE
        dut->context->coveragep()->write(file);
#endif
        return StatusDone;
    } catch (...) {
        return StatusError;
    }
}

ASSAY_API int32_t assay_eval(Dut* dut) {
    return guarded(*dut, [&] {
        eval(*dut);
        dut->step = assay_model.step;
        return dut->state.finished ? StatusFinish : StatusDone;
    });
}

ASSAY_API int32_t assay_tick(Dut* dut, double cycles) {
    return guarded(*dut, [&] {
        return take_cycles(*dut, cycles, StatusDone, [] { return false; });
    });
}

// Runs until the 1-bit port `until_port` is 1 after an edge, or stream `until_stream` has `until_level` beats (an output:
// or more recorded; an input: or fewer queued). -1 leaves a condition out. `slice_ms` bounds the time of this call.
ASSAY_API int32_t assay_run(Dut* dut, int32_t until_port, int32_t until_stream, double until_level, double cycles,
                            double no_progress_cycles, int32_t progress_stream, double slice_ms) {
    return guarded(*dut, [&]() -> int32_t {
        const uint8_t* const flag = until_port < 0 ? nullptr : static_cast<uint8_t*>(dut->ports[until_port].data);
        AssayStream* const goal = until_stream < 0 ? nullptr : &dut->streams[until_stream];
        const size_t level = static_cast<size_t>(until_level);
        const AssayStream* const watched = progress_stream < 0 ? nullptr : &dut->streams[progress_stream];
        const uint64_t end = dut->cycle + static_cast<uint64_t>(cycles);
        const double deadline = seconds() + slice_ms * 1e-3;
        const auto reached = [&] { return goal && (goal->input ? goal->level <= level : goal->level >= level); };
        if (reached()) return StatusDone;
        return with_tick(*dut, [&](auto tick) -> int32_t {
            for (uint32_t count = 1; dut->cycle < end; ++count) {
                if (dut->state.finished) return StatusFinish;
                const uint64_t before = watched ? watched->beats : 0;
                if (tick()) {
                    if (!watched || watched->beats != before) dut->state.progress_cycle = dut->state.cycle;
                    if (dut->recorded > dut->record_limit) return StatusMemory;
                    if (reached()) return StatusDone;
                }
                if (flag && *flag) return StatusDone;
                if (dut->state.cycle - dut->state.progress_cycle >= no_progress_cycles) return StatusNoProgress;
                if ((count & 255) == 0 && seconds() > deadline) return StatusSlice;
            }
            return StatusBudget;
        });
    });
}

ASSAY_API void assay_restart_progress(Dut* dut) { dut->state.progress_cycle = dut->state.cycle; }

// Keeps the state of this moment, for assay_restore. Beats that are queued or recorded are not part of it.
ASSAY_API int32_t assay_snapshot(Dut* dut) {
    return guarded(*dut, [&]() -> int32_t {
        if (!assay_model.strings || dut->trace) return StatusUnable;
        auto kept = std::make_unique<Kept>();
        kept->state = dut->state;
        kept->clocks = dut->clocks;
        kept->time = dut->time;
        kept->cycle = dut->cycle;
        for (const AssayStream& stream : dut->streams) kept->randoms.push_back(stream.random);
        for (const AssayMemory& memory : dut->memories) kept->memories.push_back(memory.words);
        for (const auto& agent : dut->agents) kept->agents.push_back(agent->keep());
        for (const std::string* const text : list_strings(*dut)) kept->strings.push_back(*text);
        if (!dut->pages.snapshot()) return StatusUnable;
        dut->kept = std::move(kept);
        seed_random(*dut);
        return StatusDone;
    });
}

// Back to the snapshot: model, memories, clocks, random values, cycle. Streams are empty then.
ASSAY_API int32_t assay_restore(Dut* dut) {
    if (!dut->kept) return StatusUnable;
    const Entry entry{dut};
    const Kept& kept = *dut->kept;
    // What a string has allocated is not in the pages: it is given back, and what it held is written again.
    const std::vector<std::string*> strings = list_strings(*dut);
    for (std::string* const text : strings) std::destroy_at(text);
    dut->pages.restore();
    for (size_t i = 0; i < strings.size(); ++i) new (strings[i]) std::string(kept.strings[i]);
    dut->state = kept.state;
    dut->clocks = kept.clocks;
    dut->time = kept.time;
    dut->cycle = kept.cycle;
    dut->context->time(kept.time);
    dut->context->gotFinish(false);
    seed_random(*dut);
    for (size_t i = 0; i < dut->streams.size(); ++i) {
        dut->streams[i].clear();
        dut->streams[i].random = kept.randoms[i];
    }
    for (size_t i = 0; i < dut->memories.size(); ++i) dut->memories[i].words = kept.memories[i];
    // A bus that came later begins anew.
    for (size_t i = 0; i < dut->agents.size(); ++i) dut->agents[i]->restore(i < kept.agents.size() ? &kept.agents[i] : nullptr);
    dut->recorded = 0;
    dut->output.clear();
    return StatusDone;
}

ASSAY_API int32_t assay_trace(Dut* dut, const char* file, double from_cycle, double to_cycle) {
    return guarded(*dut, [&]() -> int32_t {
        if (!assay_model.trace_open) throw Failure{"", 0, "the model was built without waveforms"};
        dut->trace = assay_model.trace_open(dut->model, file);
        dut->trace_from = static_cast<uint64_t>(from_cycle);
        dut->trace_to = static_cast<uint64_t>(to_cycle);
        return StatusDone;
    });
}
