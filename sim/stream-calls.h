// SPDX-License-Identifier: Apache-2.0
// The part of the C ABI that makes, fills and empties streams: see bridge.cpp.
#ifndef ASSAY_STREAM_CALLS_H
#define ASSAY_STREAM_CALLS_H

#include "dut.h"

#include <cstring>

inline void list_driven(Dut& dut) {
    dut.driven.clear();
    for (AssayStream& stream : dut.streams) {
        if (stream.driven) dut.driven.push_back(&stream);
    }
}

// `fields` are port numbers; `ready` is -1 where the stream has none.
ASSAY_API int32_t assay_stream_add(Dut* dut, int32_t input, int32_t valid, int32_t ready, const int32_t* fields,
                                   int32_t count) {
    AssayStream stream;
    stream.input = input != 0;
    stream.valid = static_cast<uint8_t*>(dut->ports[valid].data);
    if (ready >= 0) stream.ready = static_cast<uint8_t*>(dut->ports[ready].data);
    for (int32_t i = 0; i < count; ++i) {
        const AssayPort& port = dut->ports[fields[i]];
        const uint32_t bytes = (port.width + 7) / 8;
        const uint8_t mask = static_cast<uint8_t>(0xff >> (bytes * 8 - port.width));
        stream.fields.push_back({static_cast<uint8_t*>(port.data), bytes, mask, port.width, 0});
        stream.beat_bytes += bytes;
    }
    dut->streams.push_back(std::move(stream));
    list_driven(*dut);
    return static_cast<int32_t>(dut->streams.size()) - 1;
}

ASSAY_API void assay_stream_drive(Dut* dut, int32_t id, int32_t driven) {
    dut->streams[id].driven = driven != 0;
    list_driven(*dut);
}

ASSAY_API void assay_stream_stalls(Dut* dut, int32_t id, double probability, double seed) {
    AssayStream& stream = dut->streams[id];
    stream.stall_threshold = static_cast<uint32_t>(probability * 4294967295.0);
    stream.random.seed(static_cast<uint64_t>(seed));
}

// A stall pattern, one byte a decision: 1 lets a beat through. None goes back to random stalls.
ASSAY_API void assay_stream_pattern(Dut* dut, int32_t id, const uint8_t* pattern, int32_t count) {
    AssayStream& stream = dut->streams[id];
    stream.pattern.assign(pattern, pattern + count);
    stream.pattern_at = 0;
}

// Its rules are looked at. Names of valid, ready and the fields, each with its terminating zero.
ASSAY_API void assay_stream_rules(Dut* dut, int32_t id, const char* names) {
    AssayStream& stream = dut->streams[id];
    stream.resets = &dut->resets;
    for (size_t i = 0; i < stream.fields.size() + 2; ++i) {
        stream.names.emplace_back(names);
        names += std::strlen(names) + 1;
    }
}

ASSAY_API void assay_stream_clock(Dut* dut, int32_t id, int32_t clock) {
    dut->streams[id].clock = static_cast<uint32_t>(clock);
}

// The stream is one of `count` on its ports: it has the bit `index` of valid and ready, and that slice of each field.
ASSAY_API void assay_stream_lane(Dut* dut, int32_t id, int32_t index, int32_t count) {
    AssayStream& stream = dut->streams[id];
    const uint32_t lane = static_cast<uint32_t>(index);
    stream.sliced = true;
    stream.flag = static_cast<uint8_t>(1u << (lane % 8));
    stream.valid += lane / 8;
    if (stream.ready) stream.ready += lane / 8;
    stream.beat_bytes = 0;
    for (AssayField& field : stream.fields) {
        field.bits /= static_cast<uint32_t>(count);
        field.first = lane * field.bits;
        field.bytes = (field.bits + 7) / 8;
        field.top_mask = static_cast<uint8_t>(0xff >> (field.bytes * 8 - field.bits));
        stream.beat_bytes += field.bytes;
    }
}

ASSAY_API void assay_stream_push(Dut* dut, int32_t id, const uint8_t* bytes, double beats) {
    AssayStream& stream = dut->streams[id];
    const size_t count = static_cast<size_t>(beats);
    stream.level += count;
    if (stream.beat_bytes) std::memcpy(stream.data.grow(count * stream.beat_bytes), bytes, count * stream.beat_bytes);
}

ASSAY_API double assay_stream_level(Dut* dut, int32_t id) { return static_cast<double>(dut->streams[id].level); }
ASSAY_API double assay_stream_beats(Dut* dut, int32_t id) { return static_cast<double>(dut->streams[id].beats); }

// Takes the oldest `beats` recorded beats; the caller has asked for the level before.
ASSAY_API void assay_stream_take(Dut* dut, int32_t id, double beats, uint8_t* bytes, double* cycles) {
    AssayStream& stream = dut->streams[id];
    const size_t count = static_cast<size_t>(beats);
    if (count == 0) return;
    if (stream.beat_bytes) std::memcpy(bytes, stream.data.front(), count * stream.beat_bytes);
    std::memcpy(cycles, stream.cycles.front(), count * sizeof(double));
    stream.level -= count;
    stream.data.drop(count * stream.beat_bytes);
    stream.cycles.drop(count * sizeof(double));
    dut->recorded -= count * (stream.beat_bytes + sizeof(double));
}

#endif
