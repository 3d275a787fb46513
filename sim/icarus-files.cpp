// SPDX-License-Identifier: Apache-2.0
// Loaded into vvp before its own libraries (LD_PRELOAD): writes what the model opens to read to descriptor 4, as records of
// opened-files.h. Descriptors 3 and 4 are the bridge's, and the program that vvp itself reads is named in ASSAY_VVP.
#include "opened-files.h"

#include <cstdlib>
#include <dlfcn.h>
#include <unistd.h>

namespace {

AssayOpenedFiles s_files;

// What cannot be noted must not go on as if it had been.
void send(const std::string& record) {
    if (!record.empty() && write(4, record.data(), record.size()) != static_cast<ssize_t>(record.size())) std::abort();
}

FILE* open_noted(const char* name, const char* path, const char* mode) {
    using Open = FILE* (*)(const char*, const char*);
    const Open next = reinterpret_cast<Open>(dlsym(RTLD_NEXT, name));
    FILE* const file = next(path, mode);
    const char* const own = std::getenv("ASSAY_VVP");
    if (own && !std::strcmp(path, own)) return file;
    const size_t before = s_files.text().size();
    s_files.note(path, mode, file);
    send(s_files.text().substr(before));
    return file;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) FILE* fopen(const char* path, const char* mode) {
    return open_noted("fopen", path, mode);
}
extern "C" __attribute__((visibility("default"))) FILE* fopen64(const char* path, const char* mode) {
    return open_noted("fopen64", path, mode);
}
extern "C" __attribute__((visibility("default"))) int system(const char* command) {
    using System = int (*)(const char*);
    const size_t before = s_files.text().size();
    s_files.note_unknown("$system");
    send(s_files.text().substr(before));
    return reinterpret_cast<System>(dlsym(RTLD_NEXT, "system"))(command);
}
