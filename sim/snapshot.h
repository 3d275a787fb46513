// SPDX-License-Identifier: Apache-2.0
// The state of a Verilated model as it was at one moment, and back to it. Verilator keeps all state of a model in one object
// with an alignment of its own; while a model is made, that object is given pages of ours. A snapshot moves their content
// into a file in memory, where they do not lie in one already, and maps it privately: a page is copied when the model first
// writes to it, and a restore drops the copies. It costs what was written since, not the size of the memories.
#ifndef ASSAY_SNAPSHOT_H
#define ASSAY_SNAPSHOT_H

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>
#endif

class AssayPages {
    struct Region {
        uint8_t* base;
        size_t bytes;
    };
    std::vector<Region> m_regions;
    int m_file = -1;
    bool m_shared = false;  // the file is what the regions hold

#ifdef __linux__
    static constexpr size_t Page = 65536;
    static size_t round(size_t bytes) { return (bytes + Page - 1) / Page * Page; }

    static bool is_zero(const uint8_t* bytes) {
        return bytes[0] == 0 && std::memcmp(bytes, bytes + 1, Page - 1) == 0;
    }
    // Pages of zeros stay holes of the file.
    bool keep(const Region& region, off_t at) const {
        for (size_t i = 0; i < region.bytes; i += Page) {
            const uint8_t* const from = region.base + i;
            if (is_zero(from)) continue;
            if (pwrite(m_file, from, Page, at + static_cast<off_t>(i)) != static_cast<ssize_t>(Page)) return false;
        }
        return true;
    }
#endif

public:
    bool in_file = false;  // a snapshot will be asked for

    AssayPages() = default;
    AssayPages(const AssayPages&) = delete;
    AssayPages& operator=(const AssayPages&) = delete;
    ~AssayPages() {
#ifdef __linux__
        for (const Region& region : m_regions) munmap(region.base, region.bytes);
        if (m_file >= 0) close(m_file);
#endif
    }

    // Null where this system has no such pages: the caller takes ordinary memory.
    void* take(size_t bytes) {
#ifdef __linux__
        // One file holds one object; of a second one the content is moved.
        const int file = in_file && m_regions.empty() ? memfd_create("assay", MFD_CLOEXEC) : -1;
        m_shared = file >= 0 && ftruncate(file, static_cast<off_t>(round(bytes))) == 0;
        void* const base = m_shared
                               ? mmap(nullptr, round(bytes), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
                               : mmap(nullptr, round(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (m_file < 0) m_file = file;
        if (base == MAP_FAILED) return nullptr;
        m_regions.push_back({static_cast<uint8_t*>(base), round(bytes)});
        return base;
#else
        (void)bytes;
        return nullptr;
#endif
    }
    bool holds(const void* pointer) const {
        const uint8_t* const at = static_cast<const uint8_t*>(pointer);
        for (const Region& region : m_regions)
            if (at >= region.base && at < region.base + region.bytes) return true;
        return false;
    }

    // False where it cannot be had; the model goes on as it is.
    bool snapshot() {
#ifdef __linux__
        if (m_regions.empty()) return false;
        if (m_shared) {
            m_shared = false;
            const Region& own = m_regions.front();
            return mmap(own.base, own.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, m_file, 0) != MAP_FAILED;
        }
        const int before = m_file;
        m_file = memfd_create("assay", MFD_CLOEXEC);
        off_t at = 0;
        bool kept = m_file >= 0;
        for (const Region& region : m_regions) {
            const off_t end = at + static_cast<off_t>(region.bytes);
            kept = kept && ftruncate(m_file, end) == 0 && keep(region, at);
            at = end;
        }
        at = 0;
        for (const Region& region : m_regions) {
            kept = kept && mmap(region.base, region.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, m_file, at) !=
                               MAP_FAILED;
            at += static_cast<off_t>(region.bytes);
        }
        // The pages of an earlier snapshot are mapped no more.
        if (before >= 0) close(before);
        return kept;
#else
        return false;
#endif
    }
    void restore() {
#ifdef __linux__
        for (const Region& region : m_regions) madvise(region.base, region.bytes, MADV_DONTNEED);
#endif
    }
};

#endif
