// SPDX-License-Identifier: Apache-2.0
// Managers of a bus that drive a subordinate port of the model, one transfer at a time: AXI4-Lite (and AXI4 with bursts of one
// beat), APB, Wishbone. A transfer is asked for by the host; the rules are those that a subordinate has to keep.
#ifndef ASSAY_BUS_MANAGERS_H
#define ASSAY_BUS_MANAGERS_H

#include "bus-signals.h"

struct AssayTransfer {
    bool writes = false;
    uint64_t address = 0;
    uint64_t data = 0;
    uint64_t strobes = 0;
};

struct AssayManager : AssayAgent {
    AssayTransfer asked;
    bool busy = false;        // a transfer is under way, or waits for its first cycle
    bool given_up = false;    // nobody waits for it any more
    uint64_t answer = 0;      // data of the last read
    uint32_t response = 0;    // 0: done; others are errors, as the bus numbers them
    double transfers = 0;

    void begin(const AssayTransfer& transfer) {
        asked = transfer;
        busy = true;
        given_up = false;
        start();
    }
    void clear() override { busy = false; }
    // What the host asks for begins anew when the reset is over.
    void reset() override {
        const bool was = busy && !given_up;
        clear();
        busy = was;
        if (busy) start();
    }

protected:
    virtual void start() = 0;
    void finish(uint32_t how, uint64_t data) {
        busy = false;
        response = how;
        answer = data;
        transfers += 1;
    }
};

// AMBA AXI and ACE Protocol Specification, IHI 0022H, B1.
struct AxiManager : AssayManager, AxiPorts {
    AssaySignal awprot, arprot;

    void drive(double) override {
        // A3.1.2: no VALID during a reset.
        const bool writes = busy && !in_reset && asked.writes;
        const bool reads = busy && !in_reset && !asked.writes;
        offer(aw, writes && !m_address_done);
        offer(w, writes && !m_data_done);
        offer(ar, reads && !m_address_done);
        b.ready.set(writes && !stalls());
        r.ready.set(reads && !stalls());
    }
    bool sample(double) override {
        bool moved = false;
        check_response(b, m_address_done && m_data_done && busy && asked.writes, "a response to no write", aw, w);
        check_response(r, m_address_done && busy && !asked.writes, "data of no read", ar, ar);
        for (const AssayChannel* const channel : {&aw, &w, &ar})
            if (channel->valid.value()) channel->ready.require_known();
        if (aw.valid.value() && aw.ready.value(1)) moved = m_address_done = true;
        if (w.valid.value() && w.ready.value(1)) moved = m_data_done = true;
        if (ar.valid.value() && ar.ready.value(1)) moved = m_address_done = true;
        if (b.moves()) {
            check_answer(bid, bresp);
            finish(static_cast<uint32_t>(bresp.value()), 0);
            return true;
        }
        if (r.moves()) {
            check_answer(rid, rresp);
            if (!rlast.value(1)) throw AssayViolation{rlast.name + " is 0 in the only beat of a read"};
            finish(static_cast<uint32_t>(rresp.value()), rdata.value());
            return true;
        }
        return moved;
    }
    void clear() override {
        AssayManager::clear();
        clear_channels();
    }

private:
    bool m_address_done = false;
    bool m_data_done = false;

    void start() override {
        m_address_done = m_data_done = false;
        uint32_t size = 0;
        while ((1u << size) < data_bytes()) ++size;
        const AssaySignal* const side[] = {asked.writes ? &awaddr : &araddr, asked.writes ? &awlen : &arlen, asked.writes ? &awsize : &arsize,
                                           asked.writes ? &awburst : &arburst};
        const uint64_t values[] = {asked.address, 0, size, 1};
        for (int i = 0; i < 4; ++i) side[i]->set(values[i]);
        (asked.writes ? awid : arid).set(0);
        (asked.writes ? awprot : arprot).set(0);
        if (!asked.writes) return;
        wdata.set(asked.data);
        wstrb.set(asked.strobes);
        wlast.set(1);
    }
    // VALID, once offered, stays.
    void offer(AssayChannel& channel, bool wanted) {
        if (!channel.valid) return;
        const bool now = channel.valid.value() != 0;
        channel.valid.set(wanted && (now || !stalls()));
    }
    // A3.3.1: no response before what it answers.
    void check_response(AssayChannel& channel, bool expected, const char* what, const AssayChannel& first, const AssayChannel& second) {
        if (!channel.valid) return;
        channel.check();
        if (channel.valid.value() && !expected)
            throw AssayViolation{channel.valid.name + " is 1: " + what + ", as " + first.valid.name +
                                 (&first == &second ? "" : " and " + second.valid.name) + " with READY did not come before"};
    }
    void check_answer(const AssaySignal& id, const AssaySignal& how) const {
        if (id.value() != 0) throw AssayViolation{id.name + " is " + hex(id.value()) + ", and 0x0 was asked"};
        if (how.value() == 1) throw AssayViolation{how.name + " is EXOKAY, and no access was exclusive"};
    }
};

// AMBA APB Protocol Specification, IHI 0024.
struct ApbManager : AssayManager {
    AssaySignal sel, enable, address, write, data, strobes, protection, ready, read_data, error;

    void drive(double) override {
        if (in_reset) {
            m_phase = Idle;
        } else if (m_phase == Idle && busy && !stalls()) {
            m_phase = Setup;
            address.set(asked.address);
            write.set(asked.writes);
            data.set(asked.writes ? asked.data : 0);
            strobes.set(asked.writes ? asked.strobes : 0);
            protection.set(0);
        } else if (m_phase == Setup) {
            m_phase = Access;
        }
        sel.set(m_phase != Idle);
        enable.set(m_phase == Access);
    }
    bool sample(double) override {
        if (m_phase == Access) ready.require_known();
        if (m_phase != Access || !ready.value(1)) return false;
        m_phase = Idle;
        error.require_known();
        if (!asked.writes) read_data.require_known();
        finish(error.value() ? 2 : 0, read_data.value());
        return true;
    }
    void clear() override {
        AssayManager::clear();
        m_phase = Idle;
    }

private:
    enum Phase { Idle, Setup, Access } m_phase = Idle;
    void start() override {}
};

// Wishbone B4, classic cycles; with `stall` also pipelined ones.
struct WishboneManager : AssayManager {
    AssaySignal cycle, strobe, write, address, data, select, acknowledge, error, retry, stall, read_data;

    void drive(double) override {
        if (!busy || in_reset) {
            m_begun = m_taken = false;
        } else if (!m_begun && !stalls()) {
            m_begun = true;
            address.set(asked.address);
            write.set(asked.writes);
            data.set(asked.data);
            select.set(asked.strobes);
        }
        cycle.set(m_begun);
        // Pipelined: one cycle in which STALL is 0 takes the request.
        strobe.set(m_begun && !m_taken);
    }
    bool sample(double) override {
        for (const AssaySignal* const signal : {&acknowledge, &error, &retry, &stall}) signal->require_known();
        const int answers = int(acknowledge.value() != 0) + int(error.value() != 0) + int(retry.value() != 0);
        if (answers > 1) throw AssayViolation{acknowledge.name + ", ERR and RTY: more than one is 1 (rule 3.45)"};
        if (!m_begun) {
            if (answers && !m_ended) throw AssayViolation{(acknowledge.value() ? acknowledge : error.value() ? error : retry).name + " is 1 while CYC is 0"};
            m_ended = false;
            return false;
        }
        if (stall && !stall.value()) m_taken = true;
        if (!answers) return false;
        if (stall && !m_taken) throw AssayViolation{acknowledge.name + " is 1 before the request was taken (STALL is 1)"};
        m_begun = m_taken = false;
        // A registered ACK may still be there in the next cycle.
        m_ended = true;
        if (!asked.writes && acknowledge.value()) read_data.require_known();
        finish(acknowledge.value() ? 0 : error.value() ? 2 : 3, read_data.value());
        return true;
    }
    void clear() override {
        AssayManager::clear();
        m_begun = m_taken = m_ended = false;
    }

private:
    bool m_begun = false;
    bool m_taken = false;
    bool m_ended = false;
    void start() override {}
};

#endif
