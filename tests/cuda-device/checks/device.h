// A small library over the driver for the checks: compiles a kernel, launches it, and says what came of it.
#pragma once
#include "../compiler/nvrtc_api.h"
#include "../driver/cuda_api.h"
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

extern "C" {
CUresult cuInit(unsigned);
CUresult cuCtxCreate_v4(CUcontext *, void *, unsigned, CUdevice);
CUresult cuCtxDestroy_v2(CUcontext);
CUresult cuCtxSetCurrent(CUcontext);
CUresult cuCtxSynchronize();
CUresult cuDeviceGetAttribute(int *, CUdevice_attribute, CUdevice);
CUresult cuModuleLoadDataEx(CUmodule *, const void *, unsigned, CUjit_option *, void **);
CUresult cuModuleUnload(CUmodule);
CUresult cuModuleGetFunction(CUfunction *, CUmodule, const char *);
CUresult cuLaunchKernel(CUfunction, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, CUstream, void **, void **);
CUresult cuMemAlloc_v2(CUdeviceptr *, size_t);
CUresult cuMemFree_v2(CUdeviceptr);
CUresult cuMemAllocHost_v2(void **, size_t);
CUresult cuMemFreeHost(void *);
CUresult cuMemHostRegister_v2(void *, size_t, unsigned);
CUresult cuMemHostUnregister(void *);
CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr, const void *, size_t, CUstream);
CUresult cuMemcpyDtoHAsync_v2(void *, CUdeviceptr, size_t, CUstream);
CUresult cuMemcpyDtoD_v2(CUdeviceptr, CUdeviceptr, size_t);
CUresult cuStreamCreate(CUstream *, unsigned);
CUresult cuStreamDestroy_v2(CUstream);
CUresult cuStreamSynchronize(CUstream);
CUresult cuStreamWaitEvent(CUstream, CUevent, unsigned);
CUresult cuStreamBeginCapture_v2(CUstream, CUstreamCaptureMode);
CUresult cuStreamEndCapture(CUstream, CUgraph *);
CUresult cuEventCreate(CUevent *, unsigned);
CUresult cuEventDestroy_v2(CUevent);
CUresult cuEventRecord(CUevent, CUstream);
CUresult cuEventQuery(CUevent);
CUresult cuEventSynchronize(CUevent);
CUresult cuGraphInstantiateWithFlags(CUgraphExec *, CUgraph, unsigned long long);
CUresult cuGraphLaunch(CUgraphExec, CUstream);
CUresult cuGetErrorName(CUresult, const char **);
nvrtcResult nvrtcCreateProgram(nvrtcProgram *, const char *, const char *, int, const char *const *, const char *const *);
nvrtcResult nvrtcCompileProgram(nvrtcProgram, int, const char *const *);
nvrtcResult nvrtcDestroyProgram(nvrtcProgram *);
nvrtcResult nvrtcGetCUBINSize(nvrtcProgram, size_t *);
nvrtcResult nvrtcGetCUBIN(nvrtcProgram, char *);
nvrtcResult nvrtcGetProgramLogSize(nvrtcProgram, size_t *);
nvrtcResult nvrtcGetProgramLog(nvrtcProgram, char *);
}

// What a check expects and gets: a result of the driver, and a part of the device's report, empty if there must be none.
struct Outcome {
    CUresult result;
    std::string report;
};

// Throws std::runtime_error with the log if the kernel does not compile.
std::string compile(const std::string &source, const std::string &architecture = "sm_90");

// A context with one module, destroyed with all errors at the end.
class Session {
public:
    Session();
    ~Session();

    CUfunction load(const std::string &source); // CUDA C; the function is named `kernel`
    CUfunction load_ptx(const std::string &text); // PTX

    // Memory for so many numbers, with these values.
    CUdeviceptr numbers(const std::vector<float> &values);
    CUdeviceptr empty(size_t bytes);
    std::vector<float> read(CUdeviceptr from, size_t count);

    CUstream stream;

private:
    CUcontext context;
};

struct Size {
    unsigned x, y = 1, z = 1;
};

// Launches with pointers as arguments and waits for the end.
CUresult run(Session &session, CUfunction kernel, Size grid, Size block, std::vector<CUdeviceptr> pointers, unsigned shared_bytes = 0);

// What the device has reported since the last call.
std::string reports();

const char *name(CUresult result);
