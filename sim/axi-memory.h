// SPDX-License-Identifier: Apache-2.0
// A memory behind an AXI4 (or AXI4-Lite) manager of the model, and the rules that a manager has to keep. Clauses are those of
// the AMBA AXI and ACE Protocol Specification, IHI 0022H.
#ifndef ASSAY_AXI_MEMORY_H
#define ASSAY_AXI_MEMORY_H

#include "bus-signals.h"

#include <algorithm>
#include <cmath>
#include <deque>

enum AxiResponse : uint8_t { AxiOkay = 0, AxiExOkay = 1, AxiSlaveError = 2, AxiDecodeError = 3 };

// Addresses that are answered with an error, or nobody serves.
struct AxiFault {
    uint64_t first = 0;
    uint64_t last = 0;
    uint8_t response = AxiSlaveError;
    bool reads = true;
    bool writes = true;
};

struct AxiBurst {
    uint64_t id = 0;
    uint64_t address = 0;
    uint32_t beats = 1;
    uint32_t size = 0;  // log2 of the bytes of a beat
    uint32_t type = 1;  // FIXED, INCR, WRAP
    uint32_t done = 0;
    uint8_t response = AxiOkay;
    double accepted = 0;  // cycle of its address
    double due = 0;       // not answered before

    // A3.4.1: where beat `done` is.
    uint64_t at() const {
        const uint64_t bytes = 1ull << size;
        if (done == 0 || type == 0) return address;
        const uint64_t next = (address & ~(bytes - 1)) + done * bytes;
        if (type != 2) return next;
        const uint64_t span = bytes * beats;
        const uint64_t low = address & ~(span - 1);
        return low + (next - low) % span;
    }
    // A3.4.3: the lanes of beat `done`, on a bus of so many bytes.
    uint32_t low(uint32_t bus) const { return static_cast<uint32_t>(at() & (bus - 1)); }
    uint32_t high(uint32_t bus) const {
        const uint64_t bytes = 1ull << size;
        return static_cast<uint32_t>(at() & ~(bytes - 1) & (bus - 1)) + static_cast<uint32_t>(bytes) - 1;
    }
    uint64_t first() const { return type == 2 ? address & ~((uint64_t{beats} << size) - 1) : address; }
    // The last byte of any beat.
    uint64_t last() const {
        const uint64_t bytes = 1ull << size;
        const uint64_t aligned = address & ~(bytes - 1);
        if (type == 0) return aligned + bytes - 1;
        return (type == 2 ? first() : aligned) + bytes * beats - 1;
    }
};

// In the order of the host (src/simulate/axi-memory.ts).
struct AxiCounts {
    double read_bursts = 0;
    double write_bursts = 0;
    double read_beats = 0;
    double write_beats = 0;
    double read_bytes = 0;
    double write_bytes = 0;
    double read_latency = 0;  // sum of cycles from an address to its last beat
    double most_read_latency = 0;
    double write_latency = 0;  // from an address to its response
    double most_write_latency = 0;
    double read_waits = 0;   // cycles in which a beat waited for RREADY
    double write_waits = 0;  // cycles in which WVALID waited for WREADY
};

struct AxiMemory : AssayAgent, AxiPorts {
    AssaySignal awlock, arlock;
    static constexpr size_t AwCache = 1, ArCache = 6;
    std::vector<AssaySignal> others;  // PROT, CACHE, QOS, REGION, USER of AW and AR, USER of W
    uint8_t* bytes = nullptr;  // the host's
    uint64_t size = 0;
    uint64_t base = 0;
    uint32_t least_latency = 1;
    uint32_t most_latency = 1;
    uint32_t outstanding = 16;
    bool reorders = false;
    bool interleaves = false;
    bool outside_is_error = false;  // DECERR; else it ends the run
    std::vector<AxiFault> faults;
    AxiCounts counts;
    // Cycle of the last write to each word of the bus, in pages of 4 KB; an empty page was not written. No page: nobody asks.
    std::vector<std::vector<double>> written;

    void drive(double cycle) override {
        // A3.1.2: BVALID and RVALID are 0 during a reset.
        if (in_reset) reset();
        aw.ready.set(m_writes.size() + m_answers.size() < outstanding && !stalls());
        w.ready.set(m_early.size() < MostEarly && !stalls());
        ar.ready.set(m_reads.size() < outstanding && !stalls());
        if (b.valid && !m_b_held) offer_response(cycle);
        if (r.valid && !m_r_held) offer_beat(cycle);
    }

    bool sample(double cycle) override {
        bool moved = false;
        // Addresses first: a beat that comes with its address belongs to it.
        if (aw.valid) {
            aw.check(after_reset);
            if (aw.moves()) moved = true, accept(m_writes, burst_of(true, cycle), true);
        }
        if (w.valid) {
            w.check(after_reset);
            if (w.moves()) moved = true, take_data(cycle);
            else if (w.valid.value()) counts.write_waits += 1;
        }
        if (ar.valid) {
            ar.check(after_reset);
            if (ar.moves()) moved = true, accept(m_reads, burst_of(false, cycle), false);
        }
        if (m_b_held) b.ready.require_known();
        if (m_b_held && b.ready.value(1)) {
            m_b_held = false;
            moved = true;
            const double latency = cycle - m_responding.accepted;
            counts.write_bursts += 1;
            counts.write_latency += latency;
            if (latency > counts.most_write_latency) counts.most_write_latency = latency;
        }
        if (m_r_held) {
            r.ready.require_known();
            if (r.ready.value(1)) moved = true, finish_beat(cycle);
            else counts.read_waits += 1;
        }
        return moved;
    }

    void clear() override {
        m_reads.clear();
        m_writes.clear();
        m_answers.clear();
        m_early.clear();
        m_b_held = m_r_held = false;
        counts = AxiCounts{};
        forget_writes();
        clear_channels();
    }

    void reset() override {
        const AxiCounts kept = counts;
        auto writes = std::move(written);
        written.clear();
        clear();
        counts = kept;
        written = std::move(writes);
    }
    Kept keep() const override { return {random, std::vector<uint8_t>(bytes, bytes + size)}; }
    void restore(const Kept* kept) override {
        AssayAgent::restore(kept);
        if (kept) std::copy(kept->bytes.begin(), kept->bytes.end(), bytes);
    }

    void record_writes() { written.resize((size + Page - 1) / Page); }
    // Cycles of `count` words from a word's number; NaN of one that was not written.
    void read_writes(uint64_t word, double* cycles, size_t count) {
        const uint64_t words = Page / data_bytes();
        for (size_t i = 0; i < count; ++i, ++word) {
            const std::vector<double>& page = written[word / words];
            cycles[i] = page.empty() ? std::nan("") : page[word % words];
        }
    }

    bool idle() const { return m_reads.empty() && m_writes.empty() && m_answers.empty() && m_early.empty() && !m_b_held && !m_r_held; }

private:
    static constexpr uint64_t Page = 4096;
    void forget_writes() {
        for (auto& page : written) page.clear();
    }
    void record_write(uint64_t offset, double cycle) {
        std::vector<double>& page = written[offset / Page];
        if (page.empty()) page.assign(Page / data_bytes(), std::nan(""));
        page[offset % Page / data_bytes()] = cycle;
    }

    static constexpr size_t MostEarly = 512;
    struct Early {
        std::vector<uint8_t> data, strobes;
        bool last;
    };
    std::deque<AxiBurst> m_reads, m_writes, m_answers;
    std::deque<Early> m_early;  // data before their address
    AxiBurst m_responding;
    size_t m_reading = 0;
    bool m_b_held = false;
    bool m_r_held = false;

    AxiBurst burst_of(bool writes, double cycle) {
        const AssaySignal& length = writes ? awlen : arlen;
        const AssaySignal& size = writes ? awsize : arsize;
        const AssaySignal& type = writes ? awburst : arburst;
        const AssaySignal& address = writes ? awaddr : araddr;
        uint32_t whole = 0;
        while ((1u << whole) < data_bytes()) ++whole;
        AxiBurst burst;
        burst.id = (writes ? awid : arid).value();
        burst.address = address.value();
        burst.beats = static_cast<uint32_t>(length.value()) + 1;
        burst.size = static_cast<uint32_t>(size.value(whole));
        burst.type = static_cast<uint32_t>(type.value(1));
        burst.accepted = cycle;
        check_cache(others[writes ? AwCache : ArCache]);
        check_burst(burst, whole, size, length, type, address, writes ? awlock : arlock);
        uint32_t latency = least_latency;
        if (most_latency > least_latency) latency += random.next() % (most_latency - least_latency + 1);
        burst.due = cycle + latency;
        return burst;
    }

    // A4.4, Table A4-5: what may not be modified allocates nowhere.
    static void check_cache(const AssaySignal& cache) {
        if (!(cache.value() & 2) && (cache.value() & 12))
            throw AssayViolation{cache.name + " is " + hex(cache.value()) + ", which is reserved: bits 2 and 3 are 0 where bit 1 is"};
    }

    // A3.4.1, A7.2.4.
    static void check_burst(const AxiBurst& burst, uint32_t whole, const AssaySignal& size, const AssaySignal& length, const AssaySignal& type,
                            const AssaySignal& address, const AssaySignal& lock) {
        const auto refuse = [](const AssaySignal& signal, const std::string& what) { throw AssayViolation{signal.name + what}; };
        const std::string where = " (burst at " + hex(burst.address) + ")";
        if (burst.size > whole)
            refuse(size, " is " + std::to_string(burst.size) + ": a beat of " + std::to_string(1u << burst.size) + " bytes is wider than the bus" + where);
        if (burst.type > 2) refuse(type, " is 3, which is reserved" + where);
        if (burst.type != 1 && burst.beats > 16)
            refuse(length, " gives " + std::to_string(burst.beats) + " beats: a FIXED or WRAP burst has at most 16" + where);
        if (burst.type == 2) {
            if (burst.beats != 2 && burst.beats != 4 && burst.beats != 8 && burst.beats != 16)
                refuse(length, " gives " + std::to_string(burst.beats) + " beats: a WRAP burst has 2, 4, 8 or 16" + where);
            if (burst.address & ((1ull << burst.size) - 1)) refuse(address, " is not aligned to the beats of a WRAP burst" + where);
        }
        if (burst.type == 1 && (burst.address >> 12) != (burst.last() >> 12))
            refuse(address, " begins a burst of " + std::to_string(burst.beats) + " beats that crosses a boundary of 4 KB" + where);
        if (lock.value()) {
            const uint64_t span = uint64_t{burst.beats} << burst.size;
            if (burst.beats > 16 || span > 128 || (span & (span - 1)))
                refuse(lock, " asks for an exclusive access of " + std::to_string(span) + " bytes: a power of two up to 128, in at most 16 beats" + where);
            if (burst.address & (span - 1)) refuse(address, " is not aligned to its exclusive access of " + std::to_string(span) + " bytes" + where);
        }
    }

    void accept(std::deque<AxiBurst>& queue, AxiBurst burst, bool writes) {
        const uint64_t first = burst.first();
        const uint64_t last = burst.last();
        for (const AxiFault& fault : faults) {
            if ((writes ? fault.writes : fault.reads) && first <= fault.last && last >= fault.first) burst.response = fault.response;
        }
        const bool inside = first >= base && last >= first && last - base < size;
        if (!inside && burst.response == AxiOkay) {
            if (!outside_is_error)
                throw AssayViolation{(writes ? awaddr : araddr).name + ": bytes " + hex(first) + " to " + hex(last) + " are outside the memory, which is " +
                                     hex(base) + " to " + hex(base + size - 1)};
            burst.response = AxiDecodeError;
        }
        queue.push_back(burst);
        while (writes && !m_early.empty() && !m_writes.empty()) {
            const Early early = std::move(m_early.front());
            m_early.pop_front();
            put_beat(early.data.data(), early.strobes.data(), early.last, burst.accepted);
        }
    }

    void take_data(double cycle) {
        if (!m_writes.empty()) return put_beat(wdata.bits.data, wstrb ? wstrb.bits.data : nullptr, wlast.value(1) != 0, cycle);
        Early early;
        early.data.assign(wdata.bits.data, wdata.bits.data + data_bytes());
        early.strobes.assign((data_bytes() + 7) / 8, 0xff);
        if (wstrb) early.strobes.assign(wstrb.bits.data, wstrb.bits.data + wstrb.bits.bytes);
        early.last = wlast.value(1) != 0;
        m_early.push_back(std::move(early));
    }

    void put_beat(const uint8_t* data, const uint8_t* strobes, bool last, double cycle) {
        AxiBurst& burst = m_writes.front();
        const uint64_t at = burst.at();
        const uint32_t low = burst.low(data_bytes());
        const uint32_t high = burst.high(data_bytes());
        const auto where = [&] {
            return " in beat " + std::to_string(burst.done + 1) + " of " + std::to_string(burst.beats) + " of the burst at " + hex(burst.address);
        };
        if (last != (burst.done + 1 == burst.beats)) throw AssayViolation{wlast.name + (last ? " is 1" : " is 0") + where()};
        const bool stored = burst.response == AxiOkay;
        uint8_t* const word = stored ? bytes + (at - low - base) : nullptr;
        uint32_t count = 0;
        for (uint32_t lane = 0; lane < data_bytes(); ++lane) {
            if (strobes && !(strobes[lane / 8] >> (lane % 8) & 1)) continue;
            if (lane < low || lane > high)
                throw AssayViolation{wstrb.name + " has lane " + std::to_string(lane) + where() + ", whose bytes are lanes " + std::to_string(low) + " to " +
                                     std::to_string(high)};
            if (stored) word[lane] = data[lane];
            ++count;
        }
        if (count > 0 && stored && !written.empty()) record_write(at - low - base, cycle);
        counts.write_beats += 1;
        counts.write_bytes += count;
        if (++burst.done < burst.beats) return;
        burst.due = burst.due > cycle + 1 ? burst.due : cycle + 1;
        m_answers.push_back(burst);
        m_writes.pop_front();
    }

    // Of a queue the place of one that may be answered: the first of its ID. -1: none.
    int choose(const std::deque<AxiBurst>& queue, double cycle) {
        if (queue.empty()) return -1;
        if (!reorders) return queue.front().due <= cycle ? 0 : -1;
        int found = -1;
        uint32_t seen = 0;
        for (size_t i = 0; i < queue.size(); ++i) {
            if (queue[i].due > cycle) continue;
            bool first = true;
            for (size_t j = 0; j < i && first; ++j) first = queue[j].id != queue[i].id;
            if (first && random.next() % ++seen == 0) found = static_cast<int>(i);
        }
        return found;
    }

    void offer_response(double cycle) {
        const int at = stalls() ? -1 : choose(m_answers, cycle);
        b.valid.set(at >= 0);
        if (at < 0) return scramble({&bid, &bresp});
        m_responding = m_answers[at];
        m_answers.erase(m_answers.begin() + at);
        bid.set(m_responding.id);
        bresp.set(m_responding.response);
        m_b_held = true;
    }

    void offer_beat(double cycle) {
        int at = -1;
        if (!stalls()) {
            // A burst that has begun goes on, unless beats of several IDs take turns.
            const bool goes_on = !m_reads.empty() && m_reading < m_reads.size() && m_reads[m_reading].done > 0;
            at = goes_on && !(interleaves && reorders) ? static_cast<int>(m_reading) : choose(m_reads, cycle);
        }
        r.valid.set(at >= 0);
        if (at < 0) return scramble({&rid, &rdata, &rresp, &rlast});
        m_reading = static_cast<size_t>(at);
        const AxiBurst& burst = m_reads[m_reading];
        const uint64_t from = burst.at();
        const uint32_t low = burst.low(data_bytes());
        if (burst.response == AxiOkay) {
            if ((1u << burst.size) == data_bytes() && low == 0) {
                std::memcpy(rdata.bits.data, bytes + (from - base), data_bytes());
            } else {
                // Of the other lanes nobody may read.
                rdata.scramble(random);
                std::memcpy(rdata.bits.data + low, bytes + (from - base), burst.high(data_bytes()) - low + 1);
            }
        } else {
            rdata.scramble(random);
        }
        rid.set(burst.id);
        rresp.set(burst.response);
        rlast.set(burst.done + 1 == burst.beats);
        m_r_held = true;
    }

    void finish_beat(double cycle) {
        m_r_held = false;
        AxiBurst& burst = m_reads[m_reading];
        const uint64_t size = 1ull << burst.size;
        counts.read_beats += 1;
        counts.read_bytes += static_cast<double>(size - (burst.at() & (size - 1)));
        if (++burst.done < burst.beats) return;
        const double latency = cycle - burst.accepted;
        counts.read_bursts += 1;
        counts.read_latency += latency;
        if (latency > counts.most_read_latency) counts.most_read_latency = latency;
        m_reads.erase(m_reads.begin() + static_cast<long>(m_reading));
        m_reading = m_reads.size();
    }

    void scramble(std::initializer_list<const AssaySignal*> signals) {
        if (!stall_threshold) return;
        for (const AssaySignal* const signal : signals) signal->scramble(random);
    }
};

#endif
