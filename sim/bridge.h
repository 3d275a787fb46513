// SPDX-License-Identifier: Apache-2.0
// The generic side of the bridge. A model's generated glue fills in one AssayModel and calls nothing; the host calls the
// assay_* functions in bridge.cpp.
#ifndef ASSAY_BRIDGE_H
#define ASSAY_BRIDGE_H

#include <cstdint>
#include <string>
#include <vector>

class VerilatedContext;

// Where one port of one instance lies. An unpacked array has `elements` neighbours of the same width.
struct AssayPort {
    void* data;
    uint32_t width;
    uint32_t elements;
    // The bits of it that are x or z, as `data` has them; null of a simulator with two states.
    const void* unknown = nullptr;
};

// What the generated glue knows of a model. Times are in half clock cycles, or in the model's own units where it has delays.
struct AssayModel {
    uint32_t port_count;
    void* (*create)(VerilatedContext* context);
    void (*destroy)(void* model);
    void (*eval)(void* model);
    // The same for a model that has been evaluated before.
    void (*step)(void* model);
    void (*final)(void* model);
    void (*ports)(void* model, AssayPort* ports);
    // Null in a model that was built without waveforms.
    void* (*trace_open)(void* model, const char* file);
    void (*trace_dump)(void* trace, uint64_t time);
    void (*trace_close)(void* trace);
    // An evaluation that fails has not said all that it changed: the next dump looks at everything.
    void (*trace_all)(void* model);
    // Null where the bridge sees all that a model reads: else what it read besides, as opened-files.h writes it.
    const char* (*opened)(void* model);
    // The strings of a model whose other state is plain memory, for snapshots. Null where it has more than that.
    void (*strings)(void* model, std::string** strings);
    uint32_t string_count;
    // Of a model that has delays: whether a process waits for a time, and for which. Null in all others.
    bool (*pending)(void* model);
    uint64_t (*next_time)(void* model);
};

extern const AssayModel assay_model;

// The plusargs of the instance that is being made, for `create`.
const std::vector<std::string>& assay_arguments();

#endif
