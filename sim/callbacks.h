// SPDX-License-Identifier: Apache-2.0
// What Verilator's runtime and the model call: memory for a model's state, text, files, the end of a run, failures.
#ifndef ASSAY_CALLBACKS_H
#define ASSAY_CALLBACKS_H

#include "dut.h"
#include "readmem.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>

// Of what has an alignment of its own only the object with a model's state is made while `t_pages` is set.
void* operator new(std::size_t bytes, std::align_val_t alignment) {
    if (t_pages) {
        if (void* const own = t_pages->take(bytes)) return own;
    }
    const std::size_t align = static_cast<std::size_t>(alignment);
    void* const memory = std::aligned_alloc(align, (bytes + align - 1) / align * align);
    if (!memory) throw std::bad_alloc();
    return memory;
}
void operator delete(void* memory, std::align_val_t) noexcept {
    for (const AssayPages* const pages : all_pages)
        if (pages->holds(memory)) return;
    std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t alignment) noexcept { operator delete(memory, alignment); }

constexpr size_t OutputLimit = 1u << 20;

// The words of memories and wide registers, as they power up (random-call.h). What no instance asks for is Verilator's to answer.
#undef VL_RAND_RESET_W
WDataOutP assay_rand_reset_w(int bits, WDataOutP words) {
    Dut* const dut = t_dut;
    if (!dut || dut->random_reset == 1) return VL_RAND_RESET_W(bits, words);
    const int last = VL_WORDS_I(bits) - 1;
    if (dut->random_reset == 0) {
        std::memset(words, 0, (last + 1) * sizeof *words);
        return words;
    }
    for (int i = 0; i <= last; ++i) words[i] = dut->power_up.next();
    words[last] &= VL_MASK_E(bits);
    return words;
}

// The handlers that Verilator's runtime calls (VL_USER_FINISH and the like).

int assay_printf(const char* format, ...) {
    char text[4096];
    va_list arguments;
    va_start(arguments, format);
    const int length = std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (t_dut && length > 0 && t_dut->output.size() < OutputLimit) t_dut->output += text;
    return length;
}

std::FILE* assay_fopen(const char* path, const char* mode) {
    std::FILE* const file = std::fopen(path, mode);
    const std::lock_guard<std::mutex> guard{s_opened_mutex};
    (t_dut ? t_dut->opened : s_opened).note(path, mode, file);
    return file;
}

static void note_system() {
    const std::lock_guard<std::mutex> guard{s_opened_mutex};
    (t_dut ? t_dut->opened : s_opened).note_unknown("$system");
}

#ifdef ASSAY_NO_WRAP
#undef system
int assay_system(const char* command) {
    note_system();
    return std::system(command);
}
#else
// The linker sends `$system`, and whatever else calls system(), here.
extern "C" int __real_system(const char* command);
extern "C" int __wrap_system(const char* command) {
    note_system();
    return __real_system(command);
}
#endif

void vl_finish(const char* file, int line, const char*) {
    if (!t_dut || t_dut->state.finished) return;
    t_dut->state.finished = 1;
    t_dut->state.line = line;
    t_dut->file = file;
}

void vl_fatal(const char* file, int line, const char*, const char* message) { throw Failure{file, line, message}; }

// $stop, $fatal, and $error or a failed assertion by way of vl_stop_maybe.
void vl_stop(const char* file, int line, const char*) { throw Failure{file, line, ""}; }

// Verilator goes on with zeros where a memory file is missing or too short: here that is an error.
void vl_warn(const char* file, int line, const char*, const char* message) {
    if (std::strstr(message, "readmem")) throw Failure{file, line, message};
    assay_printf("%%Warning: %s:%d: %s\n", file, line, message);
}

#endif
