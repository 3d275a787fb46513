// SPDX-License-Identifier: Apache-2.0
// Several clocks, each low first: of a period of 5 the first 3 units are low. Edges of one time are one event.
#ifndef ASSAY_CLOCKS_H
#define ASSAY_CLOCKS_H

#include <cstdint>
#include <vector>

struct AssayClock {
    uint8_t* data;
    uint64_t low;   // units of time
    uint64_t high;
    uint64_t next;  // time of the next edge
    bool level;
    uint64_t edges = 0;  // rising

    void flip() {
        level = !level;
        next += level ? high : low;
        if (level) ++edges;
    }
};

struct AssayClocks {
    std::vector<AssayClock> all;

    uint64_t next() const {
        uint64_t time = all[0].next;
        for (const AssayClock& clock : all) {
            if (clock.next < time) time = clock.next;
        }
        return time;
    }
};

#endif
