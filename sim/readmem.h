// SPDX-License-Identifier: Apache-2.0
// A quick reader for `$readmemh`. It takes the texts of which nobody doubts the meaning: words of hexadecimal digits that fit
// the memory, `//` comments, and addresses. Anything else (x, `_`, `/*`, a word that is too wide, an address outside, a file
// that is missing or ends within a word) it leaves, from the first character on, to Verilator's own reader. Values, errors
// and messages are therefore Verilator's own. The linker sends the calls of a model here (--wrap).
#ifndef ASSAY_READMEM_H
#define ASSAY_READMEM_H

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <sys/stat.h>
#include <vector>

// By callbacks.h, which notes what a model opens.
std::FILE* assay_fopen(const char* path, const char* mode);

class AssayHexReader {
    static constexpr uint8_t Blank = 16;
    static constexpr uint8_t Other = 17;
    static constexpr off_t MostBytes = 1 << 28;

    std::vector<char> m_text;
    size_t m_at = 0;

    // The value of each character as a digit, or its kind.
    static const std::array<uint8_t, 256>& kinds() {
        static const std::array<uint8_t, 256> table = [] {
            std::array<uint8_t, 256> kind;
            kind.fill(Other);
            for (const char c : {' ', '\t', '\n', '\r', '\f'}) kind[static_cast<uint8_t>(c)] = Blank;
            for (int i = 0; i < 16; ++i) {
                kind[static_cast<uint8_t>("0123456789abcdef"[i])] = static_cast<uint8_t>(i);
                kind[static_cast<uint8_t>("0123456789ABCDEF"[i])] = static_cast<uint8_t>(i);
            }
            return kind;
        }();
        return table;
    }
    uint8_t kind(size_t at) const { return kinds()[static_cast<uint8_t>(m_text[at])]; }

    // The digits from here on, which a blank must end. Zero where there are none, or no blank.
    size_t digits() const {
        size_t end = m_at;
        while (end < m_text.size() && kind(end) < Blank) ++end;
        return end < m_text.size() && kind(end) == Blank ? end - m_at : 0;
    }

    // `storage` bytes, little-endian. False for a value of more than `bits` bits.
    bool put(uint8_t* to, size_t storage, size_t count, size_t bits) const {
        if (count > (bits + 3) / 4) return false;
        const char* const text = m_text.data() + m_at;
        const auto& values = kinds();
        if (count * 4 > bits && values[static_cast<uint8_t>(text[0])] >> (bits % 4)) return false;
        std::memset(to, 0, storage);
        size_t left = count;
        for (; left >= 2; left -= 2) {
            const uint8_t high = values[static_cast<uint8_t>(text[left - 2])];
            *to++ = static_cast<uint8_t>(high << 4 | values[static_cast<uint8_t>(text[left - 1])]);
        }
        if (left) *to = values[static_cast<uint8_t>(text[0])];
        return true;
    }

public:
    // False where there is no plain file of a sensible size. A pipe is not touched: it could be read only once.
    bool open(const char* path) {
        struct stat info;
        if (stat(path, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size > MostBytes) return false;
        std::FILE* const file = assay_fopen(path, "r");
        if (!file) return false;
        m_text.resize(static_cast<size_t>(info.st_size) + 1);
        m_text.resize(std::fread(m_text.data(), 1, m_text.size(), file));
        const bool whole = std::feof(file) && !std::ferror(file);
        std::fclose(file);
        return whole;
    }

    // Fills `depth` entries of `bits` bits, the first of which has the address `first`. False: Verilator is to do it.
    bool read(uint8_t* memory, size_t bits, uint64_t depth, uint64_t first) {
        // CData, SData, IData, QData, or words of 32 bits.
        const size_t storage = bits <= 8 ? 1 : bits <= 16 ? 2 : (bits + 31) / 32 * 4;
        uint64_t address = first;
        while (m_at < m_text.size()) {
            const char c = m_text[m_at];
            if (kind(m_at) == Blank) {
                ++m_at;
            } else if (c == '/' && m_at + 1 < m_text.size() && m_text[m_at + 1] == '/') {
                while (m_at < m_text.size() && m_text[m_at] != '\n') ++m_at;
            } else if (c == '@') {
                ++m_at;
                const size_t count = digits();
                if (count == 0 || count > 8) return false;
                address = 0;
                for (; kind(m_at) < Blank; ++m_at) address = address << 4 | kind(m_at);
            } else {
                const size_t count = digits();
                if (count == 0 || address < first || address - first >= depth) return false;
                if (!put(memory + (address - first) * storage, storage, count, bits)) return false;
                m_at += count;
                ++address;
            }
        }
        return true;
    }
};

#ifdef ASSAY_NO_WRAP
#undef VL_READMEM_N
#define assay_real_readmem VL_READMEM_N
#else
// VL_READMEM_N(bool, int, QData, int, const std::string&, void*, QData, QData). Where a Verilator has another, nothing comes here.
#define ASSAY_READMEM "_Z12VL_READMEM_NbimiRKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEEPvmm"

void assay_real_readmem(bool hex, int bits, uint64_t depth, int first, const std::string& path, void* memory, uint64_t start,
                        uint64_t end) __asm__("__real_" ASSAY_READMEM) __attribute__((weak));
void assay_readmem(bool hex, int bits, uint64_t depth, int first, const std::string& path, void* memory, uint64_t start,
                   uint64_t end) __asm__("__wrap_" ASSAY_READMEM);
#endif

void assay_readmem(bool hex, int bits, uint64_t depth, int first, const std::string& path, void* memory, uint64_t start,
                   uint64_t end) {
    const bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
    // With a last address Verilator also checks that the file reaches it.
    if (little && hex && first >= 0 && start <= static_cast<uint64_t>(first) && end == ~0ULL) {
        AssayHexReader reader;
        const uint64_t base = static_cast<uint64_t>(first);
        if (reader.open(path.c_str()) && reader.read(static_cast<uint8_t*>(memory), bits, depth, base)) return;
    }
    assay_real_readmem(hex, bits, depth, first, path, memory, start, end);
}

#endif
