// SPDX-License-Identifier: Apache-2.0
// The state of a Verilated model as it was at one moment, and back to it. Verilator keeps all state of a model in one object
// with an alignment of its own; while a model is made, that object is given pages of ours, and so are smaller ones around it.
// A snapshot moves their content into a file in memory, where they do not lie in one already, and maps it privately: a page
// is copied when the model first writes to it, and a restore drops the copies. It costs what was written since, not the size
// of the memories.
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
        int64_t at;  // in the file
    };
    std::vector<Region> m_regions;
    int64_t m_end = 0;  // of all regions
    int m_file = -1;
    bool m_shared = false;  // the file is what the regions hold

#ifdef __linux__
    static constexpr size_t Page = 65536;
    static size_t round(size_t bytes) { return (bytes + Page - 1) / Page * Page; }

    static bool is_zero(const uint8_t* bytes) {
        return bytes[0] == 0 && std::memcmp(bytes, bytes + 1, Page - 1) == 0;
    }
    // Pages of zeros stay holes of the file.
    static bool keep(const Region& region, int file) {
        for (size_t i = 0; i < region.bytes; i += Page) {
            const uint8_t* const from = region.base + i;
            if (is_zero(from)) continue;
            if (pwrite(file, from, Page, region.at + static_cast<off_t>(i)) != static_cast<ssize_t>(Page)) return false;
        }
        return true;
    }
    bool keep_all(int file) const {
        if (ftruncate(file, m_end) != 0) return false;
        for (const Region& region : m_regions)
            if (!keep(region, file)) return false;
        return true;
    }
    void* map(size_t bytes, bool shared) const {
        const int flags = shared ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
        return mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, shared ? m_file : -1, shared ? m_end : 0);
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
        const size_t size = round(bytes);
        if (in_file && m_regions.empty()) {
            m_file = memfd_create("assay", MFD_CLOEXEC);
            m_shared = m_file >= 0;
        }
        m_shared = m_shared && ftruncate(m_file, m_end + static_cast<off_t>(size)) == 0;
        void* const base = map(size, m_shared);
        if (base == MAP_FAILED) return nullptr;
        m_regions.push_back({static_cast<uint8_t*>(base), size, m_end});
        m_end += static_cast<int64_t>(size);
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
        if (!m_shared) {
            const int file = memfd_create("assay", MFD_CLOEXEC);
            if (file < 0) return false;
            if (!keep_all(file)) {
                close(file);
                return false;
            }
            // What is mapped of an earlier one stays until it is mapped anew.
            if (m_file >= 0) close(m_file);
            m_file = file;
        }
        m_shared = false;
        for (const Region& region : m_regions)
            if (mmap(region.base, region.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, m_file, region.at) == MAP_FAILED)
                return false;
        return true;
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
