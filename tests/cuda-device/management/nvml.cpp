// libnvidia-ml.so.1, the library that measures a GPU's power: there is nothing to measure.
#define NVML_API extern "C" __attribute__((visibility("default")))

enum nvmlReturn_t { NVML_SUCCESS = 0, NVML_ERROR_INVALID_ARGUMENT = 2, NVML_ERROR_NOT_SUPPORTED = 3 };
typedef struct nvmlDevice_st *nvmlDevice_t;

NVML_API nvmlReturn_t nvmlInit_v2() { return NVML_SUCCESS; }

NVML_API nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned index, nvmlDevice_t *device) {
    static char only;
    if (index != 0 || device == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    *device = (nvmlDevice_t) &only;
    return NVML_SUCCESS;
}

NVML_API nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t, unsigned *) { return NVML_ERROR_NOT_SUPPORTED; }
