// SPDX-License-Identifier: Apache-2.0
// A quick reader for `$readmemh` and `$readmemb` in the place of Verilator's, which cuts a word that is too wide,
// and drops the last word of a file without a final newline (before 5.024) or takes it for missing. It reads what Verilator reads,
// with its messages, and is strict besides: the digits of a word have to fit the memory, a range that the call gives has to be filled,
// addresses have to lie within both, and a comment has to end. A range that goes down is read downwards (IEEE 1800, 21.4). A file that
// is missing, or is no plain file, is left to Verilator. The linker sends the calls of a model here (--wrap).
#ifndef ASSAY_READMEM_H
#define ASSAY_READMEM_H

#include "dut.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <sys/stat.h>
#include <vector>

// By callbacks.h, which notes what a model opens and prints.
std::FILE* assay_fopen(const char* path, const char* mode);
int assay_printf(const char* format, ...);

class AssayMemoryFile {
    static constexpr uint8_t Unknown = 16;  // a digit x or z
    static constexpr uint8_t Joint = 17;    // the `_` in a number
    static constexpr uint8_t Blank = 18;
    static constexpr uint8_t Other = 19;
    static constexpr off_t MostBytes = 1 << 28;

    const std::string m_path;
    const bool m_hex;
    const size_t m_bits;
    std::vector<char> m_text;
    size_t m_at = 0;
    int m_line = 1;
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    std::unique_ptr<std::FILE, Close> m_file;
    std::string m_state;   // of the file that is open
    bool m_drawn = false;  // a digit was x or z, and got a random value
    std::string m_warning;

    // What a file was read to, for the next power-up of a model in this process: words one after another.
    struct Words {
        uint64_t offset = 0;
        std::vector<uint8_t> bytes;
        std::string warning;
    };
    static constexpr size_t MostKept = 1 << 27;
    struct Kept {
        std::mutex mutex;
        std::map<std::string, Words> words;
        size_t bytes = 0;
    };
    static Kept& kept() {
        static Kept all;
        return all;
    }

    static std::string describe(const struct stat& info) {
        const auto time = [](const timespec& at) { return std::to_string(at.tv_sec) + '.' + std::to_string(at.tv_nsec); };
        return std::to_string(info.st_dev) + ' ' + std::to_string(info.st_ino) + ' ' + std::to_string(info.st_size) + ' ' +
               time(info.st_mtim) + ' ' + time(info.st_ctim);
    }

    // The value of each character as a digit, or its kind.
    static const std::array<uint8_t, 256>& kinds() {
        static const std::array<uint8_t, 256> table = [] {
            std::array<uint8_t, 256> kind;
            kind.fill(Other);
            for (const char c : {' ', '\t', '\n', '\r', '\f'}) kind[static_cast<uint8_t>(c)] = Blank;
            for (const char c : {'x', 'X', 'z', 'Z'}) kind[static_cast<uint8_t>(c)] = Unknown;
            kind[static_cast<uint8_t>('_')] = Joint;
            for (int i = 0; i < 16; ++i) {
                kind[static_cast<uint8_t>("0123456789abcdef"[i])] = static_cast<uint8_t>(i);
                kind[static_cast<uint8_t>("0123456789ABCDEF"[i])] = static_cast<uint8_t>(i);
            }
            return kind;
        }();
        return table;
    }
    uint8_t kind(size_t at) const { return kinds()[static_cast<uint8_t>(m_text[at])]; }
    bool starts(const char* two) const {
        return m_at + 1 < m_text.size() && m_text[m_at] == two[0] && m_text[m_at + 1] == two[1];
    }

    [[noreturn]] void refuse(const std::string& what) const { throw Failure{m_path, m_line, what}; }

    // Over blanks and comments, to the next word or address. False at the end.
    bool skip() {
        for (; m_at < m_text.size(); ++m_at) {
            if (starts("/*")) {
                const int line = m_line;
                for (m_at += 2; m_at < m_text.size() && !starts("*/"); ++m_at) m_line += m_text[m_at] == '\n';
                if (m_at >= m_text.size()) throw Failure{m_path, line, "$readmem file has a comment that does not end"};
                ++m_at;
            } else if (starts("//") || m_text[m_at] == '#') {
                while (m_at + 1 < m_text.size() && m_text[m_at + 1] != '\n') ++m_at;
            } else if (m_text[m_at] == '\n') {
                ++m_line;
            } else if (kind(m_at) != Blank && kind(m_at) != Joint) {
                return true;
            }
        }
        return false;
    }

    uint64_t address() {
        uint64_t value = 0;
        if (m_at + 1 >= m_text.size() || kind(m_at + 1) >= Blank) refuse("$readmem address has no digits");
        for (++m_at; m_at < m_text.size() && (kind(m_at) < Blank); ++m_at) {
            if (kind(m_at) == Unknown) refuse("$readmem address contains 4-state characters");
            // An address of more than 64 bits is outside every memory.
            if (kind(m_at) < Unknown) value = value >> 60 ? ~0ULL : value << 4 | kind(m_at);
        }
        return value;
    }

    // A word from its first digit on: little-endian, in `storage` bytes.
    void word(uint8_t* to, size_t storage) {
        const size_t begin = m_at;
        bool plain = m_hex;
        for (; m_at < m_text.size() && kind(m_at) < Blank; ++m_at) plain &= kind(m_at) < Unknown;
        if (m_at == begin) refuse("$readmem file syntax error");
        std::memset(to, 0, storage);
        const size_t step = m_hex ? 4 : 1;
        size_t end = m_at;
        size_t bit = 0;
        // Two digits a byte, which is nearly all of nearly every file.
        for (; plain && end - begin >= 2 && bit + 8 <= m_bits; end -= 2, bit += 8)
            to[bit / 8] = static_cast<uint8_t>(kind(end - 2) << 4 | kind(end - 1));
        for (; end > begin; --end) {
            uint8_t value = kind(end - 1);
            if (value == Joint) continue;
            m_drawn |= value == Unknown;
            if (!m_hex && value > 1 && value != Unknown) refuse("$readmemb (binary) file contains hex characters");
            const bool unknown = value == Unknown;
            if (unknown) value = static_cast<uint8_t>(VL_RAND_RESET_I(static_cast<int>(step)));
            const size_t room = bit < m_bits ? m_bits - bit : 0;
            // An x of which only some bits have room is as wide as these.
            if (room > 0 && room < step && unknown) value &= static_cast<uint8_t>((1u << room) - 1);
            if (room < step && (value >> room || (unknown && room == 0))) {
                refuse((m_hex ? "$readmemh: " : "$readmemb: ") + std::string(&m_text[begin], m_at - begin) +
                       " is too wide for a word of " + std::to_string(m_bits) + " bits");
            }
            if (room > 0) to[bit / 8] = static_cast<uint8_t>(to[bit / 8] | value << (bit % 8));
            bit += step;
        }
    }

public:
    AssayMemoryFile(const std::string& path, bool hex, int bits)
        : m_path{path}
        , m_hex{hex}
        , m_bits{static_cast<size_t>(bits)} {}

    // False where there is no plain file of a sensible size. A pipe is not touched: it could be read only once.
    bool open() {
        struct stat info;
        if (stat(m_path.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_size > MostBytes) return false;
        std::FILE* const file = assay_fopen(m_path.c_str(), "r");
        if (!file) return false;
        if (fstat(fileno(file), &info) == 0) m_state = describe(info);
        m_file.reset(file);
        return true;
    }

    // False where it cannot be read whole.
    bool load() {
        struct stat info;
        if (fstat(fileno(m_file.get()), &info) != 0) return false;
        m_text.resize(static_cast<size_t>(info.st_size) + 1);
        m_text.resize(std::fread(m_text.data(), 1, m_text.size(), m_file.get()));
        const bool whole = std::feof(m_file.get()) && !std::ferror(m_file.get());
        m_file.reset();
        return whole;
    }

    // As `read`, from what this process has read of the same file in the same way. The file is opened in any case: what a model
    // asks for is noted. False where it cannot be read whole.
    bool readOnce(uint8_t* memory, uint64_t depth, uint64_t first, uint64_t start, uint64_t last) {
        const auto text = [](uint64_t value) { return ' ' + std::to_string(value); };
        const std::string key = m_path + '\n' + m_state + text(m_hex) + text(m_bits) + text(depth) + text(first) + text(start) + text(last);
        Kept& all = kept();
        const std::lock_guard<std::mutex> guard{all.mutex};
        const auto found = all.words.find(key);
        if (found != all.words.end()) {
            const Words& words = found->second;
            std::memcpy(memory + words.offset, words.bytes.data(), words.bytes.size());
            m_warning = words.warning;
        } else {
            if (!load()) return false;
            const Run run = read(memory, depth, first, start, last);
            // Between the addresses of a file a memory keeps what it holds, and each power-up draws anew what a file leaves open.
            if (run.whole && !m_drawn && !m_state.empty() && all.bytes + run.bytes <= MostKept) {
                const uint8_t* const from = memory + run.offset;
                all.words.emplace(key, Words{run.offset, {from, from + run.bytes}, m_warning});
                all.bytes += run.bytes;
            }
        }
        if (!m_warning.empty()) assay_printf("%s", m_warning.c_str());
        return true;
    }

private:
    // The bytes that were written. `whole` where they lie one after another, all of them written.
    struct Run {
        bool whole;
        uint64_t offset;
        size_t bytes;
    };

    // Fills `depth` words, the first of which has the address `first`: from `start`, or the first, to `last`, where the call
    // names it, upwards or downwards.
    Run read(uint8_t* memory, uint64_t depth, uint64_t first, uint64_t start, uint64_t last) {
        // CData, SData, IData, QData, or words of 32 bits.
        const size_t storage = m_bits <= 8 ? 1 : m_bits <= 16 ? 2 : (m_bits + 31) / 32 * 4;
        const bool ranged = last != ~0ULL;
        const bool down = ranged && last < start;
        const std::string range = "the range from " + std::to_string(start) + " to " + std::to_string(last);
        if (!ranged && start == 0) start = first;
        bool addressed = false;
        uint64_t address = start;
        // Words that a range has room for.
        uint64_t left = ranged ? (down ? start - last : last - start) + 1 : 0;
        while (skip()) {
            if (m_text[m_at] == '@') {
                address = this->address();
                addressed = true;
                if (address < first || address - first >= depth) refuse("$readmem file address beyond bounds of array");
                if (ranged && (address < std::min(start, last) || address > std::max(start, last)))
                    refuse("$readmem file address beyond " + range);
                continue;
            }
            if (kind(m_at) < Blank && ranged && !addressed && left == 0) refuse("$readmem file has more words than " + range);
            if (kind(m_at) < Blank && (address < first || address - first >= depth))
                refuse("$readmem file address beyond bounds of array");
            word(memory + (address - first) * storage, storage);
            address += down ? -1 : 1;
            if (left > 0) --left;
        }
        if (addressed) return {false, 0, 0};
        if (left > 0)
            refuse("$readmem file ended before specified final address (IEEE 2017 21.4)");
        if (!ranged && address - first < depth) {
            m_warning = "%Warning: " + m_path + ':' + std::to_string(m_line) + ": $readmem file has " +
                        std::to_string(address - start) + " words for a memory of " + std::to_string(depth) + '\n';
        }
        const uint64_t lowest = down ? address + 1 : start;
        const uint64_t words = down ? start - address : address - start;
        return {true, (lowest - first) * storage, words * storage};
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
    if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && first >= 0) {
        AssayMemoryFile file{path, hex, bits};
        const uint64_t base = static_cast<uint64_t>(first);
        if (file.open() && file.readOnce(static_cast<uint8_t*>(memory), depth, base, start, end)) return;
    }
    assay_real_readmem(hex, bits, depth, first, path, memory, start, end);
}

#endif
