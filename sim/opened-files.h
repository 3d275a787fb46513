// SPDX-License-Identifier: Apache-2.0
// Files that a model has opened to read, found or not. bridge.cpp opens them itself: the redirection of hooks.h ends here.
#ifndef ASSAY_OPENED_FILES_H
#define ASSAY_OPENED_FILES_H

#undef fopen

#include <cstdio>
#include <cstring>
#include <set>
#include <string>
#include <sys/stat.h>
#include <time.h>

class AssayOpenedFiles {
    std::set<std::string> m_known;
    std::string m_text;

    static std::string nanoseconds(const timespec& time) {
        return std::to_string(static_cast<long long>(time.tv_sec) * 1000000000 + time.tv_nsec);
    }

public:
    // One record a file and state, for the host to read: path, then size, inode and times, or nothing where it is not there.
    // Units end with 1f, records with 1e (ASCII's separators).
    void note(const char* path, const char* mode, std::FILE* file) {
        // `w` begins with an empty file, and reads what it has written.
        if (!std::strchr(mode, 'r') && !std::strchr(mode, 'a')) return;
        std::string record = std::string{path} + '\x1f';
        struct stat info;
        if (file && fstat(fileno(file), &info) == 0) {
            record += std::to_string(info.st_size) + ' ' + std::to_string(info.st_ino) + ' ';
            record += nanoseconds(info.st_mtim) + ' ' + nanoseconds(info.st_ctim) + '\x1f';
            record += S_ISREG(info.st_mode) ? "file" : "other";
        }
        if (m_known.insert(record).second) m_text += record + '\x1e';
    }

    // What a model asks others than files, by `$system`: nobody can say what it was told.
    void note_unknown(const char* what) {
        const std::string record = std::string{what} + "\x1f" "0 0 0 0\x1f" "other";
        if (m_known.insert(record).second) m_text += record + '\x1e';
    }

    const std::string& text() const { return m_text; }
};

#endif
