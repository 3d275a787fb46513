// SPDX-License-Identifier: Apache-2.0
// A model that is not Verilated code but a process of Icarus Verilog: the same bridge, ports and streams, with four-state
// values behind them. The generated test bench (icarus.ts) takes commands on its standard input and answers on descriptor 3:
//
//   0 PORT HEX   set an input          1 0 0   let time pass, then report the outputs that changed: PORT HEX …
//
// Unknown bits (x, z) are 0 on the ports. On the valid of a stream, and on its payload while valid is 1, they are an error as
// soon as reset is over.
#ifndef ASSAY_ICARUS_H
#define ASSAY_ICARUS_H

#include "bridge.h"

#include "verilated.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <csignal>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>
#ifdef __linux__
#include <sys/resource.h>
#endif

#ifdef __APPLE__
#include <crt_externs.h>
#define environ (*_NSGetEnviron())
#define ASSAY_PRELOAD "DYLD_INSERT_LIBRARIES="
#else
extern char** environ;
#define ASSAY_PRELOAD "LD_PRELOAD="
#endif

struct IcarusPort {
    const char* name;
    uint32_t width;
    bool input;
};

// An output stream, by ports; payload ends with -1.
struct IcarusStream {
    const char* name;
    int32_t valid;
    const int32_t* payload;
};

struct IcarusReset {
    int32_t port;
    uint8_t active;
};

struct IcarusTable {
    const IcarusPort* ports;
    uint32_t port_count;
    const IcarusStream* streams;
    uint32_t stream_count;
    const IcarusReset* resets;
    uint32_t reset_count;
};

class IcarusModel {
    struct Value {
        std::vector<uint8_t> bits;     // what the host sees
        std::vector<uint8_t> sent;     // what the process has (inputs)
        std::vector<uint8_t> unknown;  // mask of x and z (outputs)
    };

    const IcarusTable& m_table;
    std::vector<Value> m_values;
    pid_t m_pid = -1;
    int m_commands = -1;
    int m_replies = -1;
    int m_output = -1;
    int m_opened = -1;
    std::string m_opened_text;
    off_t m_printed = 0;
    std::string m_pending;
    bool m_ended = false;
    bool m_was_reset = false;

    static std::string library_folder() {
        Dl_info info;
        if (!dladdr(reinterpret_cast<const void*>(&assay_model), &info) || !info.dli_fname) return ".";
        const std::string path = info.dli_fname;
        return path.substr(0, path.rfind('/'));
    }

    [[noreturn]] static void fail(const std::string& file, int line, const std::string& message) {
        vl_fatal(file.c_str(), line, "", message.c_str());
        std::abort();  // vl_fatal throws
    }

    // What the process has printed since the last call; a reported error is thrown.
    void read_output() {
        struct stat info;
        if (fstat(m_output, &info) != 0 || info.st_size <= m_printed) return;
        std::string text(static_cast<size_t>(info.st_size - m_printed), '\0');
        const ssize_t got = pread(m_output, &text[0], text.size(), m_printed);
        if (got <= 0) return;
        text.resize(static_cast<size_t>(got));
        m_printed += got;
        assay_printf("%s", text.c_str());
        for (size_t at = 0; at < text.size();) {
            size_t end = text.find('\n', at);
            if (end == std::string::npos) end = text.size();
            find_error(text.substr(at, end - at));
            at = end + 1;
        }
    }

    // `ERROR: rtl/a.sv:7: text`
    static void find_error(const std::string& line) {
        for (const char* const kind : {"ERROR: ", "FATAL: "}) {
            if (line.compare(0, 7, kind) != 0) continue;
            const size_t colon = line.find(':', 7);
            const size_t second = colon == std::string::npos ? colon : line.find(':', colon + 1);
            if (second == std::string::npos) fail("", 0, line.substr(7));
            const std::string text = line.substr(second + 1 < line.size() ? second + 2 : second + 1);
            fail(line.substr(7, colon - 7), std::atoi(line.c_str() + colon + 1),
                 text.find_first_not_of(' ') == std::string::npos ? "Assertion failed" : text);
        }
    }

    void on_end() {
        m_ended = true;
        int status = 0;
        waitpid(m_pid, &status, 0);
        m_pid = -1;
        read_output();
        if (WIFSIGNALED(status)) fail("", 0, "vvp died of signal " + std::to_string(WTERMSIG(status)));
        if (WEXITSTATUS(status) == 127) fail("", 0, "vvp cannot be started: install Icarus Verilog (iverilog)");
        vl_finish("", 0, "");
    }

    void send(const std::string& text) {
        for (size_t at = 0; at < text.size();) {
            const ssize_t count = write(m_commands, text.data() + at, text.size() - at);
            if (count <= 0) return on_end();
            at += static_cast<size_t>(count);
        }
    }

    bool read_line(std::string& line) {
        for (;;) {
            const size_t end = m_pending.find('\n');
            if (end != std::string::npos) {
                line = m_pending.substr(0, end);
                m_pending.erase(0, end + 1);
                return true;
            }
            char buffer[65536];
            const ssize_t count = ::read(m_replies, buffer, sizeof buffer);
            if (count <= 0) return false;
            m_pending.append(buffer, static_cast<size_t>(count));
        }
    }

    static int digit(char c) {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        return -1;
    }

    void set_output(uint32_t port, const char* text, size_t length) {
        Value& value = m_values[port];
        std::fill(value.bits.begin(), value.bits.end(), 0);
        std::fill(value.unknown.begin(), value.unknown.end(), 0);
        for (size_t i = 0; i < length && i / 2 < value.bits.size(); ++i) {
            const int nibble = digit(text[length - 1 - i]);
            const int shift = i % 2 ? 4 : 0;
            if (nibble >= 0) value.bits[i / 2] |= static_cast<uint8_t>(nibble << shift);
            else value.unknown[i / 2] |= static_cast<uint8_t>(15 << shift);
        }
    }

    void parse(const std::string& line) {
        for (size_t at = 0; at < line.size();) {
            while (at < line.size() && line[at] == ' ') ++at;
            if (at >= line.size()) break;
            char* rest = nullptr;
            const unsigned long port = std::strtoul(line.c_str() + at, &rest, 10);
            at = static_cast<size_t>(rest - line.c_str()) + 1;
            size_t end = line.find(' ', at);
            if (end == std::string::npos) end = line.size();
            if (port < m_table.port_count) set_output(static_cast<uint32_t>(port), line.c_str() + at, end - at);
            at = end;
        }
    }

    bool is_unknown(uint32_t port) const {
        for (const uint8_t byte : m_values[port].unknown) {
            if (byte) return true;
        }
        return false;
    }

    void check_unknowns() {
        for (uint32_t i = 0; i < m_table.reset_count; ++i) {
            const IcarusReset& reset = m_table.resets[i];
            if ((m_values[reset.port].bits[0] & 1) == reset.active) {
                m_was_reset = true;
                return;
            }
        }
        for (uint32_t i = 0; i < m_table.stream_count; ++i) {
            const IcarusStream& stream = m_table.streams[i];
            const auto refuse = [&](int32_t port, const char* when) {
                fail("", 0, std::string("unknown (x) on ") + m_table.ports[port].name + when);
            };
            if (m_was_reset && is_unknown(stream.valid)) refuse(stream.valid, " after reset");
            if (!(m_values[stream.valid].bits[0] & 1)) continue;
            for (const int32_t* port = stream.payload; *port >= 0; ++port) {
                if (is_unknown(*port)) refuse(*port, (std::string(" while ") + m_table.ports[stream.valid].name + " is 1").c_str());
            }
        }
    }

public:
    IcarusModel(const IcarusTable& table, VerilatedContext*)
        : m_table(table) {
        for (uint32_t i = 0; i < table.port_count; ++i) {
            // Verilator's storage: 1, 2, 4, 8 bytes, or whole words.
            const uint32_t width = table.ports[i].width;
            const uint32_t bytes = width <= 8 ? 1 : width <= 16 ? 2 : width <= 32 ? 4 : width <= 64 ? 8 : (width + 31) / 32 * 4;
            Value value;
            value.bits.assign(bytes, 0);
            value.sent.assign(bytes, 0);
            value.unknown.assign(bytes, table.ports[i].input ? 0 : 255);
            m_values.push_back(value);
        }
        start();
    }

    ~IcarusModel() {
        if (m_commands >= 0) close(m_commands);
        if (m_pid > 0) {
            kill(m_pid, SIGKILL);
            waitpid(m_pid, nullptr, 0);
        }
        if (m_replies >= 0) close(m_replies);
        if (m_output >= 0) close(m_output);
        if (m_opened >= 0) close(m_opened);
    }

    // An unlinked file: it must take whatever comes while nobody reads.
    static int make_temporary() {
        char name[] = "/tmp/assay-icarus-XXXXXX";
        const int file = mkostemp(name, O_CLOEXEC);
        if (file >= 0) unlink(name);
        return file;
    }

    // The environment of vvp, with the library that notes what it opens.
    static std::vector<std::string> make_environment(const std::string& program) {
        std::vector<std::string> all;
        std::string preload = ASSAY_PRELOAD + library_folder() + "/icarus-files.so";
        for (char** entry = environ; *entry; ++entry) {
            constexpr size_t Length = sizeof ASSAY_PRELOAD - 1;
            if (!std::strncmp(*entry, ASSAY_PRELOAD, Length)) preload += std::string{":"} + (*entry + Length);
            else all.push_back(*entry);
        }
        all.push_back(preload);
        all.push_back("ASSAY_VVP=" + program);
        return all;
    }

    static bool open_pipe(int (&ends)[2]) {
#ifdef __APPLE__
        return pipe(ends) == 0 && fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 && fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0;
#else
        return pipe2(ends, O_CLOEXEC) == 0;
#endif
    }

    void start() {
        int commands[2], replies[2];
        if (!open_pipe(commands) || !open_pipe(replies)) return;
        m_output = make_temporary();
        m_opened = make_temporary();
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, commands[0], 0);
        posix_spawn_file_actions_adddup2(&actions, m_output, 1);
        posix_spawn_file_actions_adddup2(&actions, m_output, 2);
        posix_spawn_file_actions_adddup2(&actions, replies[1], 3);
        posix_spawn_file_actions_adddup2(&actions, m_opened, 4);
        const std::string program = library_folder() + "/model.vvp";
        std::vector<std::string> texts{"vvp", "-n", program};
        for (const std::string& argument : assay_arguments()) texts.push_back(argument);
        std::vector<char*> argv;
        for (std::string& text : texts) argv.push_back(&text[0]);
        argv.push_back(nullptr);
        std::vector<std::string> variables = make_environment(program);
        std::vector<char*> envp;
        for (std::string& text : variables) envp.push_back(&text[0]);
        envp.push_back(nullptr);
        if (posix_spawnp(&m_pid, "vvp", &actions, nullptr, argv.data(), envp.data()) != 0) m_pid = -1;
        posix_spawn_file_actions_destroy(&actions);
        close(commands[0]);
        close(replies[1]);
        m_commands = commands[1];
        m_replies = replies[0];
#ifdef __linux__
        // Should its host be killed while it is in an endless loop, it ends by itself some time.
        const rlimit limit{7200, 7200};
        if (m_pid > 0) prlimit(m_pid, RLIMIT_CPU, &limit, nullptr);
#endif
    }

    void eval() {
        if (m_ended) return;
        if (m_pid < 0) fail("", 0, "vvp cannot be started: install Icarus Verilog (iverilog)");
        std::string text;
        char number[16];
        for (uint32_t port = 0; port < m_table.port_count; ++port) {
            Value& value = m_values[port];
            if (!m_table.ports[port].input || value.bits == value.sent) continue;
            value.sent = value.bits;
            std::snprintf(number, sizeof number, "0 %u ", port);
            text += number;
            for (size_t i = value.bits.size(); i-- > 0;) {
                std::snprintf(number, sizeof number, "%02x", value.bits[i]);
                text += number;
            }
            text += '\n';
        }
        send(text + "1 0 0\n");
        std::string line;
        if (!m_ended && !read_line(line)) on_end();
        if (m_ended) return;
        parse(line);
        read_output();
        check_unknowns();
    }

    const char* opened() {
        struct stat info;
        if (m_opened < 0 || fstat(m_opened, &info) != 0) return "";
        m_opened_text.resize(static_cast<size_t>(info.st_size));
        const ssize_t got = pread(m_opened, &m_opened_text[0], m_opened_text.size(), 0);
        m_opened_text.resize(got < 0 ? 0 : static_cast<size_t>(got));
        return m_opened_text.c_str();
    }

    void* data(uint32_t port) { return m_values[port].bits.data(); }
    const void* unknown(uint32_t port) const { return m_values[port].unknown.data(); }
};

#endif
