#include "device.h"
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

std::string compile(const std::string &source, const std::string &architecture) {
    nvrtcProgram program;
    nvrtcCreateProgram(&program, source.c_str(), "check.cu", 0, nullptr, nullptr);
    std::string option = "--gpu-architecture=" + architecture;
    const char *options[] = {option.c_str()};
    nvrtcResult result = nvrtcCompileProgram(program, 1, options);
    size_t bytes;
    std::string text;
    if (result == NVRTC_SUCCESS) {
        nvrtcGetCUBINSize(program, &bytes);
        text.resize(bytes);
        nvrtcGetCUBIN(program, text.data());
    } else {
        nvrtcGetProgramLogSize(program, &bytes);
        text.resize(bytes);
        nvrtcGetProgramLog(program, text.data());
    }
    nvrtcDestroyProgram(&program);
    if (result != NVRTC_SUCCESS) throw std::runtime_error(text);
    return text;
}

Session::Session() {
    cuCtxCreate_v4(&context, nullptr, 0, 0);
    cuStreamCreate(&stream, 1);
}

Session::~Session() {
    cuStreamDestroy_v2(stream);
    cuCtxDestroy_v2(context);
}

CUfunction Session::load(const std::string &source) { return load_ptx(compile(source)); }

CUfunction Session::load_ptx(const std::string &image) {
    CUmodule module;
    CUfunction function;
    if (CUresult failed = cuModuleLoadDataEx(&module, image.c_str(), 0, nullptr, nullptr)) throw std::runtime_error(name(failed) + (": " + reports()));
    if (CUresult failed = cuModuleGetFunction(&function, module, "kernel")) throw std::runtime_error(name(failed));
    return function;
}

CUdeviceptr Session::empty(size_t bytes) {
    CUdeviceptr address;
    if (CUresult failed = cuMemAlloc_v2(&address, bytes)) throw std::runtime_error(name(failed));
    return address;
}

CUdeviceptr Session::numbers(const std::vector<float> &values) {
    CUdeviceptr address = empty(values.size() * sizeof(float));
    cuMemcpyHtoDAsync_v2(address, values.data(), values.size() * sizeof(float), stream);
    return address;
}

std::vector<float> Session::read(CUdeviceptr from, size_t count) {
    std::vector<float> values(count);
    cuMemcpyDtoHAsync_v2(values.data(), from, count * sizeof(float), stream);
    cuStreamSynchronize(stream);
    return values;
}

CUresult run(Session &session, CUfunction kernel, Size grid, Size block, std::vector<CUdeviceptr> pointers, unsigned shared_bytes) {
    std::vector<void *> parameters;
    for (auto &pointer : pointers) parameters.push_back(&pointer);
    CUresult result = cuLaunchKernel(
            kernel, grid.x, grid.y, grid.z, block.x, block.y, block.z, shared_bytes, session.stream, parameters.data(), nullptr);
    return result != CUDA_SUCCESS ? result : cuStreamSynchronize(session.stream);
}

std::string reports() {
    static size_t seen = 0;
    std::ifstream file(getenv("CUDA_DEVICE_REPORT"));
    std::stringstream text;
    text << file.rdbuf();
    std::string news = text.str().substr(seen);
    seen += news.size();
    return news;
}

const char *name(CUresult result) {
    const char *text = nullptr;
    cuGetErrorName(result, &text);
    return text == nullptr ? "an unknown result" : text;
}
