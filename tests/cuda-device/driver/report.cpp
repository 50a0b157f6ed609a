#include "report.h"
#include "settings.h"
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <mutex>

namespace cuda_device {

void print(const std::string &text) { fprintf(stderr, "cuda-device: %s\n", text.c_str()); }

void report(const std::string &text) {
    static std::mutex *mutex = new std::mutex;
    std::lock_guard<std::mutex> lock(*mutex);
    print(text);
    if (settings().report.empty()) return;
    if (FILE *file = fopen(settings().report.c_str(), "a")) {
        fprintf(file, "%s\n", text.c_str());
        fclose(file);
    }
}

std::string source_line(const void *code) {
    Dl_info info;
    if (code == nullptr || dladdr(code, &info) == 0 || strchr(info.dli_fname, '\'') != nullptr) return "";
    // One before the address to which the call returns, for the line of the call itself.
    std::string command = format("addr2line -e '%s' %zx 2>/dev/null", info.dli_fname, (size_t) ((const char *) code - (char *) info.dli_fbase) - 1);
    FILE *output = popen(command.c_str(), "r");
    if (output == nullptr) return "";
    char text[4096] = "";
    if (fgets(text, sizeof text, output) == nullptr) text[0] = 0;
    pclose(output);
    text[strcspn(text, "\n")] = 0;
    const char *line = strrchr(text, ':');
    if (line == nullptr || line[1] == '?' || line[1] == '0') return "";
    const char *name = strrchr(text, '/');
    bool header = line[-1] == 'h' && line[-2] == '.'; // one of kernel/
    return header ? format(" (%s)", name + 1) : format(" (line %d)", atoi(line + 1));
}

std::string format(const char *pattern, ...) {
    char text[4096];
    va_list arguments;
    va_start(arguments, pattern);
    vsnprintf(text, sizeof text, pattern, arguments);
    va_end(arguments);
    return text;
}

} // namespace cuda_device
