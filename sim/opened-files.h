// Files that a model has opened to read, found or not. bridge.cpp opens them itself: the redirection of hooks.h ends here.
#ifndef ASSAY_OPENED_FILES_H
#define ASSAY_OPENED_FILES_H

#undef fopen

#include <cstdio>
#include <cstring>
#include <set>
#include <string>
#include <sys/stat.h>

class AssayOpenedFiles {
    std::set<std::string> m_known;
    std::string m_text;

public:
    // One record a file and state, for the host to read: path, and size and time of change, or nothing, where it is not
    // there. Units end with 1f, records with 1e (ASCII's separators).
    void note(const char* path, const char* mode, std::FILE* file) {
        // `w` begins with an empty file, and reads what it has written.
        if (!std::strchr(mode, 'r') && !std::strchr(mode, 'a')) return;
        std::string record = std::string{path} + '\x1f';
        struct stat info;
        if (file && fstat(fileno(file), &info) == 0) {
            record += std::to_string(info.st_size) + '\x1f';
            record += std::to_string(static_cast<long long>(info.st_mtim.tv_sec)) + '\x1f';
            record += std::to_string(info.st_mtim.tv_nsec) + '\x1f';
            record += S_ISREG(info.st_mode) ? "file" : "other";
        }
        if (m_known.insert(record).second) m_text += record + '\x1e';
    }

    const std::string& text() const { return m_text; }
};

#endif
