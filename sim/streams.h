// SPDX-License-Identifier: Apache-2.0
// Valid/ready streams, driven and recorded between the edges of the clock. A beat is its fields one after another in
// port order, each little-endian and padded to whole bytes.
#ifndef ASSAY_STREAMS_H
#define ASSAY_STREAMS_H

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <vector>

// xorshift64*: seeded, the same on every machine.
class AssayRandom {
    uint64_t m_state = 0x9e3779b97f4a7c15ULL;

public:
    void seed(uint64_t seed) {
        // splitmix64 spreads small seeds; the state must not be zero.
        uint64_t z = seed + 0x9e3779b97f4a7c15ULL;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        m_state = (z ^ (z >> 31)) | 1;
    }
    uint32_t next() {
        m_state ^= m_state >> 12;
        m_state ^= m_state << 25;
        m_state ^= m_state >> 27;
        return static_cast<uint32_t>((m_state * 0x2545f4914f6cdd1dULL) >> 32);
    }
};

// A rule of a protocol that the model breaks: it ends the run.
struct AssayViolation {
    std::string text;
};

// An input that resets the model while it has this value. No rule holds of what happens meanwhile.
struct AssayReset {
    const uint8_t* data;
    uint8_t active;
};
using AssayResets = std::vector<AssayReset>;
inline bool any_active(const AssayResets& resets) {
    for (const AssayReset& reset : resets)
        if ((*reset.data & 1) == reset.active) return true;
    return false;
}

struct AssayField {
    uint8_t* data;
    uint32_t bytes;
    uint8_t top_mask;  // of the most significant byte: Verilator wants the bits above a port's width zero
    uint32_t bits;
    uint32_t first;  // the lowest of its bits in the port, of a lane

    // The bits of a lane, one by one: they may begin and end within a byte.
    void put(const uint8_t* from) const {
        for (uint32_t i = 0; i < bits; ++i) {
            const uint32_t at = first + i;
            const uint8_t bit = static_cast<uint8_t>(1u << (at % 8));
            const bool one = from[i / 8] >> (i % 8) & 1;
            data[at / 8] = static_cast<uint8_t>(one ? data[at / 8] | bit : data[at / 8] & ~bit);
        }
    }
    void get(uint8_t* to) const {
        std::memset(to, 0, bytes);
        for (uint32_t i = 0; i < bits; ++i) {
            const uint32_t at = first + i;
            to[i / 8] = static_cast<uint8_t>(to[i / 8] | (data[at / 8] >> (at % 8) & 1) << (i % 8));
        }
    }
};

// A queue of bytes that is filled at one end and emptied at the other.
class AssayBytes {
    uint8_t* m_bytes = nullptr;
    size_t m_head = 0;
    size_t m_tail = 0;
    size_t m_capacity = 0;

    void reserve(size_t bytes) {
        if (m_head >= m_capacity / 2 && m_tail - m_head + bytes <= m_capacity) {
            std::memmove(m_bytes, m_bytes + m_head, m_tail - m_head);
            m_tail -= m_head;
            m_head = 0;
            return;
        }
        size_t capacity = m_capacity ? m_capacity * 2 : 4096;
        while (capacity < m_tail + bytes) capacity *= 2;
        void* const grown = std::realloc(m_bytes, capacity);
        if (!grown) throw std::bad_alloc();
        m_bytes = static_cast<uint8_t*>(grown);
        m_capacity = capacity;
    }

public:
    AssayBytes() = default;
    AssayBytes(AssayBytes&& from) noexcept
        : m_bytes{from.m_bytes}
        , m_head{from.m_head}
        , m_tail{from.m_tail}
        , m_capacity{from.m_capacity} {
        from.m_bytes = nullptr;
        from.m_head = from.m_tail = from.m_capacity = 0;
    }
    AssayBytes(const AssayBytes&) = delete;
    AssayBytes& operator=(const AssayBytes&) = delete;
    ~AssayBytes() { std::free(m_bytes); }

    size_t size() const { return m_tail - m_head; }
    const uint8_t* front() const { return m_bytes + m_head; }
    // Room for more at the end; the caller writes all of it.
    uint8_t* grow(size_t bytes) {
        if (m_tail + bytes > m_capacity) reserve(bytes);
        m_tail += bytes;
        return m_bytes + m_tail - bytes;
    }
    void drop(size_t bytes) {
        m_head += bytes;
        if (m_head == m_tail) m_head = m_tail = 0;
    }
};

struct AssayStream {
    bool input = false;
    bool driven = false;       // false: the stream's ports are left to the host
    bool sliced = false;       // it shares its ports with other lanes
    uint8_t flag = 1;          // its bit of valid and ready
    uint8_t* valid = nullptr;
    uint8_t* ready = nullptr;  // null: always ready
    std::vector<AssayField> fields;
    uint32_t beat_bytes = 0;
    uint32_t stall_threshold = 0;  // of 2^32
    std::vector<uint8_t> pattern;  // of stalls, over and over: 1 lets a beat through; empty: stalls are random
    size_t pattern_at = 0;
    uint32_t clock = 0;            // whose edges move its beats
    bool held = false;             // a beat is on the ports and waits for ready
    bool waits = false;            // a beat of the model waits for ready: see `shown`
    uint64_t beats = 0;            // accepted since the start
    AssayRandom random;
    AssayBytes data;
    AssayBytes cycles;  // of doubles, for an output

    size_t level = 0;  // beats queued (input) or recorded and not taken (output)
    const AssayResets* resets = nullptr;
    std::vector<std::string> names;  // of valid, ready and the fields, of an output whose rules are looked at; else empty
    std::vector<uint8_t> shown;      // the beat that waits for ready

    bool stalls() {
        if (!pattern.empty()) {
            const bool go = pattern[pattern_at] != 0;
            if (++pattern_at == pattern.size()) pattern_at = 0;
            return !go;
        }
        return stall_threshold && random.next() < stall_threshold;
    }

    // Nothing is queued, recorded or under way, as at the start.
    void clear() {
        data.drop(data.size());
        cycles.drop(cycles.size());
        level = 0;
        beats = 0;
        pattern_at = 0;
        held = false;
        shown.clear();
        waits = false;
    }

    // Clock low: what the model sees at the coming edge.
    __attribute__((always_inline)) void drive() {
        if (__builtin_expect(sliced, false)) return drive_lane();
        if (!input) {
            if (ready) *ready = stalls() ? 0 : 1;
            return;
        }
        if (held) return;
        if (level == 0 || stalls()) {
            *valid = 0;
            // A model must not look at the payload of a beat that is not there.
            if (stall_threshold || !pattern.empty()) scramble();
            return;
        }
        const uint8_t* from = data.front();
        for (const AssayField& field : fields) {
            copy(field.data, from, field.bytes);
            if (field.top_mask != 0xff) field.data[field.bytes - 1] &= field.top_mask;
            from += field.bytes;
        }
        *valid = 1;
        held = true;
    }

    // Clock low, settled: did this cycle move a beat?
    __attribute__((always_inline)) bool sample(double cycle) {
        if (__builtin_expect(sliced, false)) {
            if (!(*valid & flag) || (ready && !(*ready & flag))) return wait();
        } else if (!*valid || (ready && !*ready)) {
            return wait();
        }
        if (__builtin_expect(waits, false)) {
            check_beat();
            waits = false;
        }
        if (input) {
            if (!held) return false;
            held = false;
            data.drop(beat_bytes);
            --level;
        } else {
            ++level;
            uint8_t* to = data.grow(beat_bytes);
            for (const AssayField& field : fields) {
                if (__builtin_expect(sliced, false)) field.get(to);
                else copy(to, field.data, field.bytes);
                to += field.bytes;
            }
            std::memcpy(cycles.grow(sizeof cycle), &cycle, sizeof cycle);
        }
        ++beats;
        return true;
    }

private:
    // No beat moved. A valid of the model stays until its ready, with what it shows (AMBA AXI-Stream, IHI 0051B, 2.2.1).
    __attribute__((noinline)) bool wait() {
        if (names.empty()) return false;
        if (any_active(*resets)) return waits = false;
        if (!(*valid & flag)) {
            if (waits) throw AssayViolation{names[0] + " fell before " + names[1] + " rose"};
            return false;
        }
        if (waits) {
            check_beat();
            return false;
        }
        waits = true;
        shown.resize(beat_bytes);
        uint8_t* to = shown.data();
        for (const AssayField& field : fields) to += read(field, to);
        return false;
    }
    __attribute__((noinline)) void check_beat() {
        std::vector<uint8_t> now;
        const uint8_t* at = shown.data();
        for (size_t i = 0; i < fields.size(); ++i) {
            now.resize(fields[i].bytes);
            read(fields[i], now.data());
            if (std::memcmp(now.data(), at, now.size()) != 0)
                throw AssayViolation{names[i + 2] + " changed while " + names[0] + " waited for " + names[1]};
            at += now.size();
        }
    }
    uint32_t read(const AssayField& field, uint8_t* to) const {
        if (sliced) field.get(to);
        else std::memcpy(to, field.data, field.bytes);
        return field.bytes;
    }
    static void set(uint8_t* to, uint8_t bit, bool one) {
        *to = static_cast<uint8_t>(one ? *to | bit : *to & ~bit);
    }
    void drive_lane() {
        if (!input) {
            if (ready) set(ready, flag, !stalls());
            return;
        }
        if (held) return;
        if (level == 0 || stalls()) {
            set(valid, flag, false);
            if (stall_threshold || !pattern.empty()) scramble_lane();
            return;
        }
        const uint8_t* from = data.front();
        for (const AssayField& field : fields) {
            field.put(from);
            from += field.bytes;
        }
        set(valid, flag, true);
        held = true;
    }
    void scramble_lane() {
        std::vector<uint8_t> any;
        for (const AssayField& field : fields) {
            any.resize(field.bytes);
            for (uint8_t& byte : any) byte = static_cast<uint8_t>(random.next());
            field.put(any.data());
        }
    }

    // Payloads are mostly of these sizes, and a call costs more than the copy.
    static inline void copy(uint8_t* to, const uint8_t* from, uint32_t bytes) {
        if (bytes == 4) std::memcpy(to, from, 4);
        else if (bytes == 1) *to = *from;
        else if (bytes == 2) std::memcpy(to, from, 2);
        else if (bytes == 8) std::memcpy(to, from, 8);
        else if (bytes == 16) std::memcpy(to, from, 16);
        else std::memcpy(to, from, bytes);
    }
    void scramble() {
        for (const AssayField& field : fields) {
            for (uint32_t i = 0; i < field.bytes; ++i) field.data[i] = static_cast<uint8_t>(random.next());
            field.data[field.bytes - 1] &= field.top_mask;
        }
    }
};

#endif
