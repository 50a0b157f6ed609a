// libnvrtc.so.13: compiles CUDA C for the device.
#include "../driver/compile.h"
#include "../driver/keep.h"
#include "nvrtc_api.h"
#include "translate.h"
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

using namespace cuda_device;

struct _nvrtcProgram {
    std::string source, name, log, image;
};

namespace {

constexpr int ARCHITECTURES[] = {75, 80, 86, 87, 88, 89, 90, 100, 103, 110, 120, 121};
constexpr int COUNT = sizeof ARCHITECTURES / sizeof *ARCHITECTURES;

// Of --gpu-architecture=sm_90; 0 if there is no such.
int architecture(const std::string &option) {
    int number = atoi(option.substr(option.find('_') + 1).c_str());
    return std::find(ARCHITECTURES, ARCHITECTURES + COUNT, number) == ARCHITECTURES + COUNT ? 0 : number;
}

void copy(const std::string &from, char *to) { memcpy(to, from.c_str(), from.size() + 1); }

} // namespace

NVRTC_API const char *nvrtcGetErrorString(nvrtcResult result) {
    switch (result) {
    case NVRTC_SUCCESS: return "NVRTC_SUCCESS";
    case NVRTC_ERROR_INVALID_INPUT: return "NVRTC_ERROR_INVALID_INPUT";
    case NVRTC_ERROR_INVALID_PROGRAM: return "NVRTC_ERROR_INVALID_PROGRAM";
    case NVRTC_ERROR_INVALID_OPTION: return "NVRTC_ERROR_INVALID_OPTION";
    case NVRTC_ERROR_COMPILATION: return "NVRTC_ERROR_COMPILATION";
    }
    return "NVRTC_ERROR unknown";
}

NVRTC_API nvrtcResult nvrtcVersion(int *major, int *minor) {
    *major = 13;
    *minor = 0;
    return NVRTC_SUCCESS;
}

NVRTC_API nvrtcResult nvrtcGetNumSupportedArchs(int *count) {
    *count = COUNT;
    return NVRTC_SUCCESS;
}

NVRTC_API nvrtcResult nvrtcGetSupportedArchs(int *architectures) {
    std::copy(ARCHITECTURES, ARCHITECTURES + COUNT, architectures);
    return NVRTC_SUCCESS;
}

NVRTC_API nvrtcResult nvrtcCreateProgram(
        nvrtcProgram *program, const char *source, const char *name, int headers, const char *const *, const char *const *) {
    if (program == nullptr || source == nullptr || headers != 0) return NVRTC_ERROR_INVALID_INPUT;
    *program = new _nvrtcProgram{source, name == nullptr ? "default_program" : name, "", ""};
    return NVRTC_SUCCESS;
}

NVRTC_API nvrtcResult nvrtcDestroyProgram(nvrtcProgram *program) {
    if (program == nullptr || *program == nullptr) return NVRTC_ERROR_INVALID_PROGRAM;
    delete *program;
    *program = nullptr;
    return NVRTC_SUCCESS;
}

NVRTC_API nvrtcResult nvrtcCompileProgram(nvrtcProgram program, int count, const char *const *options) {
    if (program == nullptr) return NVRTC_ERROR_INVALID_PROGRAM;
    int target = 75;
    for (int i = 0; i < count; i++) {
        std::string option = options[i];
        bool arch = option.compare(0, 19, "--gpu-architecture=") == 0 || option.compare(0, 6, "-arch=") == 0;
        if (arch) target = architecture(option);
        bool known = arch || option.compare(0, 15, "--include-path=") == 0 || option.compare(0, 2, "-I") == 0;
        if (!known || target == 0) {
            program->log = "nvrtc: error: invalid value or unrecognized option: " + option + "\n";
            return NVRTC_ERROR_INVALID_OPTION;
        }
    }
    keep(program->source, ".cu");
    try {
        program->log.clear();
        program->image = compile(translate(program->source, program->name), target, program->log);
    } catch (const CompileError &error) {
        program->image.clear();
        program->log = program->name + ": " + error.what() + "\n";
    }
    return program->image.empty() ? NVRTC_ERROR_COMPILATION : NVRTC_SUCCESS;
}

#define GETTERS(get_size, get, text) \
    NVRTC_API nvrtcResult get_size(nvrtcProgram program, size_t *bytes) { \
        if (program == nullptr) return NVRTC_ERROR_INVALID_PROGRAM; \
        *bytes = program->text.size() + 1; \
        return NVRTC_SUCCESS; \
    } \
    NVRTC_API nvrtcResult get(nvrtcProgram program, char *to) { \
        if (program == nullptr) return NVRTC_ERROR_INVALID_PROGRAM; \
        copy(program->text, to); \
        return NVRTC_SUCCESS; \
    }
GETTERS(nvrtcGetCUBINSize, nvrtcGetCUBIN, image)
GETTERS(nvrtcGetPTXSize, nvrtcGetPTX, image)
GETTERS(nvrtcGetProgramLogSize, nvrtcGetProgramLog, log)
