// SPDX-License-Identifier: Apache-2.0
// Memories beside the model, served at its ports: a synchronous read port, a write port, or both. What is read at an edge
// is on the data port after it; a word that is written in the same cycle is read as it was.
#ifndef ASSAY_MEMORIES_H
#define ASSAY_MEMORIES_H

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

// A port of the model, as bytes.
struct AssayBits {
    uint8_t* data = nullptr;  // null: the memory has no such port
    uint32_t bytes = 0;
    uint32_t storage = 0;

    explicit operator bool() const { return data != nullptr; }
    // Addresses and enables; a value of more than 64 bits keeps its low ones.
    uint64_t value() const {
        uint64_t bits = 0;
        std::memcpy(&bits, data, storage < 8 ? storage : 8);
        return bits;
    }
};

struct AssayMemory {
    std::string name;
    AssayBits address, enable, read_data;
    AssayBits write_address, write_enable, write_data, write_mask;
    uint32_t word_bytes = 0;
    uint64_t depth = 0;
    uint32_t clock = 0;
    std::vector<uint8_t> words;
    std::vector<uint8_t> pending;  // the word that was read, until the edge is over
    bool fresh = false;
    // An address that nothing asked to be valid may be anything; one that is enabled must lie inside.
    bool outside = false;
    uint64_t outside_address = 0;

    // Before the edge, settled.
    void sample() {
        if (read_data && (!enable || enable.value() != 0)) {
            const uint64_t at = address.value();
            if (at < depth) {
                std::memcpy(pending.data(), &words[at * word_bytes], word_bytes);
            } else {
                std::memset(pending.data(), 0, word_bytes);
                if (enable) refuse(at);
            }
            fresh = true;
        }
        if (write_enable && write_enable.value() != 0) {
            const uint64_t at = write_address.value();
            if (at >= depth) return refuse(at);
            uint8_t* const to = &words[at * word_bytes];
            if (!write_mask) {
                std::memcpy(to, write_data.data, word_bytes);
                return;
            }
            for (uint32_t i = 0; i < word_bytes; ++i) {
                if (write_mask.data[i / 8] >> (i % 8) & 1) to[i] = write_data.data[i];
            }
        }
    }

    // After the edge. True when the model has to settle again.
    bool present() {
        if (!fresh) return false;
        fresh = false;
        if (std::memcmp(read_data.data, pending.data(), word_bytes) == 0) return false;
        std::memcpy(read_data.data, pending.data(), word_bytes);
        return true;
    }

private:
    void refuse(uint64_t at) {
        outside = true;
        outside_address = at;
    }
};

#endif
